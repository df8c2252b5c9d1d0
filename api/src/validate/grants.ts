import type { FieldProblem } from '../schema/field-problem.ts';
import { nearest } from '../schema/nearest.ts';
import type { Grant } from '../v1/grants.ts';
import {
  COLUMN_PRIVILEGES,
  FORBIDDEN_PRIVILEGES,
  GLOBAL_PRIVILEGES,
  SCHEMA_PRIVILEGES,
  SYSTEM_SCHEMA_PRIVILEGES,
  TABLE_PRIVILEGES,
} from '../v1/privileges.ts';
import type { UserRule } from './rule.ts';

const KNOWN = [...SCHEMA_PRIVILEGES, ...GLOBAL_PRIVILEGES, 'ALL'];

export const checkGrants: UserRule = ({ spec: { grants } }) => [
  ...grants.flatMap((grant, index) => checkGrant(grant, `spec.grants[${index}]`)),
  ...checkGrantOptions(grants),
];

function checkGrant(grant: Grant, field: string): readonly FieldProblem[] {
  const target = checkTarget(grant, field);
  if (target.length > 0) return target;
  const { what, allowed } = placeOf(grant);
  return grant.privileges.flatMap((privilege, index): readonly FieldProblem[] => {
    if (privilege === 'ALL' || allowed.includes(privilege)) return [];
    return [
      {
        field: `${field}.privileges[${index}]`,
        ...(forbidden(privilege) ?? unknown(privilege) ?? misplaced(privilege, what, allowed)),
      },
    ];
  });
}

type Complaint = Pick<FieldProblem, 'reason' | 'message'>;

function forbidden(privilege: string): Complaint | undefined {
  const why = FORBIDDEN_PRIVILEGES.get(privilege);
  if (why === undefined) return undefined;
  return {
    reason: 'FieldValueForbidden',
    message: `${privilege} is never granted, because it ${why}: remove it`,
  };
}

function unknown(privilege: string): Complaint | undefined {
  if (KNOWN.includes(privilege)) return undefined;
  if (privilege === 'GRANT OPTION') {
    return { reason: 'FieldValueForbidden', message: 'write withGrantOption: true instead' };
  }
  if (privilege === 'ALL PRIVILEGES') {
    return { reason: 'FieldValueNotSupported', message: 'write ALL' };
  }
  if (privilege === 'USAGE') {
    return {
      reason: 'FieldValueNotSupported',
      message: 'USAGE grants nothing: remove it; every account may log in',
    };
  }
  const guess = nearest(privilege, KNOWN);
  const advice = guess === undefined ? 'remove it' : `did you mean ${guess}?`;
  return {
    reason: 'FieldValueNotSupported',
    message: `${privilege} is not a privilege that can be granted here: ${advice}`,
  };
}

function misplaced(privilege: string, what: string, allowed: readonly string[]): Complaint {
  return {
    reason: 'FieldValueInvalid',
    message: `${privilege} cannot be granted on ${what}; these can: ${allowed.join(', ')}`,
  };
}

function placeOf(grant: Grant): { what: string; allowed: readonly string[] } {
  const [what, allowed] = possible(grant);
  const system = SYSTEM_SCHEMA_PRIVILEGES.get(grant.schema.toLowerCase());
  if (system === undefined) return { what, allowed };
  return {
    what: `${grant.schema}, which is the server's`,
    allowed: allowed.filter((name) => system.includes(name)),
  };
}

function possible(grant: Grant): readonly [string, readonly string[]] {
  if (grant.columns !== undefined) return ['columns', COLUMN_PRIVILEGES];
  if (grant.table !== undefined) return ['a table', TABLE_PRIVILEGES];
  if (grant.schema === '*') return ['*', [...SCHEMA_PRIVILEGES, ...GLOBAL_PRIVILEGES]];
  return ['a schema', SCHEMA_PRIVILEGES];
}

function checkTarget({ schema, table, columns }: Grant, field: string): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const add = (name: string, reason: FieldProblem['reason'], message: string): void => {
    problems.push({ field: `${field}.${name}`, reason, message });
  };
  if (SYSTEM_SCHEMA_PRIVILEGES.get(schema.toLowerCase())?.length === 0) {
    add(
      'schema',
      'FieldValueForbidden',
      `${schema} is a schema of the server or of the operator: nobody is given rights there`,
    );
  }
  if (table !== undefined && schema === '*') {
    add('table', 'FieldValueInvalid', 'needs one schema: name it in place of *');
  }
  if (columns !== undefined && table === undefined) {
    add('columns', 'FieldValueInvalid', 'need a table: add it beside schema');
  }
  return problems;
}

/** MySQL keeps one grant option for a place: two grants that differ about it cannot both be true. */
function checkGrantOptions(grants: readonly Grant[]): readonly FieldProblem[] {
  const first = new Map<string, boolean>();
  return grants.flatMap(
    ({ schema, table, withGrantOption = false }, index): readonly FieldProblem[] => {
      const place = JSON.stringify([schema, table ?? null]);
      const before = first.get(place) ?? withGrantOption;
      first.set(place, before);
      if (before === withGrantOption) return [];
      return [
        {
          field: `spec.grants[${index}].withGrantOption`,
          reason: 'FieldValueInvalid',
          message:
            'differs from another grant in the same place, and MySQL keeps one: make them agree',
        },
      ];
    },
  );
}
