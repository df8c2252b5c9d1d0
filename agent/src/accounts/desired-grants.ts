/** A request's grants as a set of single ones, or what is wrong with them. Pure. */
import type { AccountGrant, AccountProblem } from '@radondb/api';
import {
  COLUMN_PRIVILEGES,
  FORBIDDEN_PRIVILEGES,
  GLOBAL_PRIVILEGES,
  SCHEMA_PRIVILEGES,
  SYSTEM_SCHEMA_PRIVILEGES,
  TABLE_PRIVILEGES,
} from '@radondb/api/v1/privileges';
import { scopeKey, uniqueGrants } from './grant-set.ts';
import { identifierProblem } from './names.ts';
import { isDynamic } from './privileges.ts';
import type { Grant, Scope } from './types.ts';

export const GRANT_OPTION = 'GRANT OPTION';
/** Schemas that a privilege on `*` does not reach, unless it only reads there. */
const BEYOND_GLOBAL = ['mysql', 'radondb', 'sys'];

interface Parsed {
  readonly grants: readonly Grant[];
  readonly problems: readonly AccountProblem[];
}

/** All problems at once; the grants are good only without any. */
export function desiredGrants(declared: readonly AccountGrant[]): Parsed {
  const parsed = declared.map((grant, index) => parseGrant(grant, `grants[${index}]`));
  const problems = [...parsed.flatMap((one) => one.problems), ...disagreements(declared)];
  const grants = uniqueGrants(parsed.flatMap((one) => one.grants));
  return { grants: [...grants, ...restrictionsOf(grants)], problems };
}

/** What a grant is on; dynamic privileges, which `*` has too, are apart. */
export function scopeOf({ schema, table }: AccountGrant): Scope {
  if (schema === '*') return { kind: 'global' };
  return table === null ? { kind: 'schema', schema } : { kind: 'table', schema, table };
}

function parseGrant(grant: AccountGrant, field: string): Parsed {
  const problems = shapeProblems(grant, field);
  if (problems.length > 0) return { grants: [], problems };
  const allowed = allowedPrivileges(grant);
  const grants: Grant[] = [];
  grant.privileges.forEach((text, index) => {
    const privilege = text === 'ALL PRIVILEGES' ? 'ALL' : text;
    const wrong = privilegeProblem(privilege, allowed);
    if (wrong !== null) problems.push(refused(`${field}.privileges[${index}]`, wrong));
    for (const each of privilege === 'ALL' ? allowed.all : [privilege])
      grants.push(...grantsOf(grant, each));
  });
  if (grant.grantOption)
    grants.push({ scope: scopeOf(grant), privilege: GRANT_OPTION, column: null });
  return { grants, problems };
}

function grantsOf(grant: AccountGrant, privilege: string): readonly Grant[] {
  const scope: Scope =
    grant.schema === '*' && isDynamic(privilege)
      ? { kind: 'dynamic', grantOption: grant.grantOption }
      : scopeOf(grant);
  const columns = grant.columns.length === 0 ? [null] : grant.columns;
  return columns.map((column) => ({ scope, privilege, column }));
}

interface Allowed {
  /** What it is on, in words. */
  readonly what: string;
  readonly privileges: readonly string[];
  /** What `ALL` means there. */
  readonly all: readonly string[];
}

function allowedPrivileges(grant: AccountGrant): Allowed {
  if (grant.schema === '*') {
    const privileges = [...SCHEMA_PRIVILEGES, ...GLOBAL_PRIVILEGES];
    return { what: '*', privileges, all: SCHEMA_PRIVILEGES };
  }
  const [what, possible] = possiblePrivileges(grant);
  const system = grant.schema.toLowerCase();
  const safe = SYSTEM_SCHEMA_PRIVILEGES.get(system);
  if (safe === undefined) return { what, privileges: possible, all: possible };
  const privileges = possible.filter((privilege) => safe.includes(privilege));
  return { what: `schema ${system}, which is the server's`, privileges, all: privileges };
}

function possiblePrivileges(grant: AccountGrant): readonly [string, readonly string[]] {
  if (grant.columns.length > 0) return ['columns', COLUMN_PRIVILEGES];
  return grant.table === null ? ['a schema', SCHEMA_PRIVILEGES] : ['a table', TABLE_PRIVILEGES];
}

function privilegeProblem(privilege: string, allowed: Allowed): string | null {
  if (privilege === 'ALL' && allowed.all.length > 0) return null;
  if (allowed.privileges.includes(privilege)) return null;
  const unsafe = FORBIDDEN_PRIVILEGES.get(privilege);
  if (unsafe !== undefined) return `${privilege} is never granted: it ${unsafe}`;
  if (privilege === GRANT_OPTION) return 'is said by grantOption: true';
  if (allowed.privileges.length === 0) return `nothing can be granted on ${allowed.what}`;
  return `cannot be granted on ${allowed.what}; these can: ${allowed.privileges.join(', ')}`;
}

function shapeProblems(grant: AccountGrant, field: string): AccountProblem[] {
  const { schema, table, columns } = grant;
  const problems: AccountProblem[] = [];
  const check = (name: string, value: string): void => {
    const wrong = identifierProblem(value);
    if (wrong !== null) problems.push(refused(`${field}.${name}`, wrong));
  };
  if (grant.privileges.length === 0)
    problems.push(refused(`${field}.privileges`, 'must name at least one privilege'));
  if (schema !== '*') check('schema', schema);
  else if (table !== null) problems.push(refused(`${field}.table`, 'is of one schema: name it'));
  if (table !== null) check('table', table);
  for (const [index, column] of columns.entries()) check(`columns[${index}]`, column);
  if (columns.length > 0 && table === null)
    problems.push(refused(`${field}.columns`, 'are of a table: name it'));
  return problems;
}

/** MySQL keeps one grant option for a thing: two grants that differ about it cannot both be true. */
function disagreements(declared: readonly AccountGrant[]): readonly AccountProblem[] {
  const first = new Map<string, boolean>();
  return declared.flatMap((grant, index) => {
    const key = scopeKey(scopeOf(grant));
    const before = first.get(key) ?? grant.grantOption;
    first.set(key, before);
    if (before === grant.grantOption) return [];
    const message = 'differs from another grant on the same: MySQL keeps one grant option for it';
    return [refused(`grants[${index}].grantOption`, message)];
  });
}

/** Partial revokes that go with the global privileges: `*` does not reach the system's schemas. */
function restrictionsOf(grants: readonly Grant[]): readonly Grant[] {
  return grants.flatMap(({ scope, privilege }) => {
    if (scope.kind !== 'global' || !SCHEMA_PRIVILEGES.includes(privilege)) return [];
    return BEYOND_GLOBAL.filter(
      (schema) => SYSTEM_SCHEMA_PRIVILEGES.get(schema)?.includes(privilege) !== true,
    ).map((schema) => ({
      scope: { kind: 'restriction', schema } as const,
      privilege,
      column: null,
    }));
  });
}

function refused(field: string, message: string): AccountProblem {
  return { code: 'REFUSED', field, message };
}
