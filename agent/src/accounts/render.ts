/**
 * Statements as SQL. Every name and value goes through adapters/mysqld/quote.ts, which is right for sessions without
 * NO_BACKSLASH_ESCAPES and ANSI_QUOTES: WriteSession sets its own sql_mode.
 *
 * Schemas are not escaped as patterns: members run with partial_revokes, where `_` and `%` in GRANT are literal and a backslash
 * would be a part of the name.
 */
import type { AccountLimits, AccountTls } from '@radondb/api';
import { quote, quoteAccount, quoteName } from '../adapters/mysqld/quote.ts';
import type { AccountName, MarkChange, Scope, Statement } from './types.ts';

/** Where the agent notes whose a schema is: MySQL's schemas have no attributes. */
export const CLAIMS_TABLE = 'radondb.schema_owner';
const MASK = '<secret>';

/** `masked`: for people and logs; it cannot be executed. */
export function renderStatement(statement: Statement, secrets: 'shown' | 'masked'): string {
  switch (statement.do) {
    case 'createUser':
      return joined([
        `CREATE USER ${account(statement.account)} ${identified(statement.password, secrets)}`,
        tlsClause(statement.tls),
        limitsClause(statement.limits),
        'PASSWORD EXPIRE NEVER ACCOUNT LOCK',
        markClause(statement.mark, secrets),
      ]);
    case 'alterUser':
      return joined([
        `ALTER USER ${account(statement.account)}`,
        statement.password === undefined
          ? null
          : `${identified(statement.password.secret, secrets)}${statement.password.retainCurrent ? ' RETAIN CURRENT PASSWORD' : ''}`,
        statement.tls === undefined ? null : tlsClause(statement.tls),
        statement.limits === undefined ? null : limitsClause(statement.limits),
        statement.password === undefined ? null : 'PASSWORD EXPIRE NEVER',
        statement.locked === undefined ? null : `ACCOUNT ${statement.locked ? 'LOCK' : 'UNLOCK'}`,
        statement.mark === undefined ? null : markClause(statement.mark, secrets),
      ]);
    case 'discardOldPassword':
      return `ALTER USER ${account(statement.account)} DISCARD OLD PASSWORD`;
    case 'dropUser':
      return `DROP USER ${account(statement.account)}`;
    case 'grant':
    case 'revoke':
      return renderGrant(statement);
    case 'createClaims':
    case 'claimSchema':
    case 'retainSchema':
    case 'forgetSchema':
    case 'createSchema':
    case 'alterSchema':
    case 'dropSchema':
      return renderSchema(statement);
  }
}

function renderGrant(statement: Extract<Statement, { do: 'grant' | 'revoke' }>): string {
  const { scope, grantOption } = statement;
  const name = account(statement.account);
  if (scope.kind === 'role') return `REVOKE ${account(scope.role)} FROM ${name}`;
  if (scope.kind === 'proxy') return `REVOKE PROXY ON ${account(scope.proxied)} FROM ${name}`;
  const list = privilegeList(statement.privileges);
  if (statement.do === 'revoke') {
    const all = grantOption ? [...list, 'GRANT OPTION'] : list;
    return `REVOKE ${all.join(', ')} ON ${on(scope)} FROM ${name}`;
  }
  const privileges = list.length === 0 ? 'USAGE' : list.join(', ');
  return `GRANT ${privileges} ON ${on(scope)} TO ${name}${grantOption ? ' WITH GRANT OPTION' : ''}`;
}

function renderSchema(
  statement: Exclude<
    Statement,
    {
      do: 'createUser' | 'alterUser' | 'discardOldPassword' | 'dropUser' | 'grant' | 'revoke';
    }
  >,
): string {
  switch (statement.do) {
    case 'createClaims':
      return `CREATE TABLE IF NOT EXISTS ${CLAIMS_TABLE} (
        name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
        owner VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        uid VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        retained BOOLEAN NOT NULL DEFAULT FALSE
      ) ENGINE=InnoDB COMMENT='which object declares a schema; written by the agent'`;
    case 'claimSchema': {
      const { name, uid } = statement.owner;
      const values = [statement.schema, name, uid].map(quote).join(', ');
      return `REPLACE INTO ${CLAIMS_TABLE} (name, owner, uid, retained) VALUES (${values}, FALSE)`;
    }
    case 'retainSchema':
      return `UPDATE ${CLAIMS_TABLE} SET retained = TRUE WHERE ${isClaim(statement)}`;
    case 'forgetSchema':
      return `DELETE FROM ${CLAIMS_TABLE} WHERE ${isClaim(statement)}`;
    case 'createSchema':
      return joined([`CREATE SCHEMA ${quoteName(statement.schema)}`, charsetClause(statement)]);
    case 'alterSchema':
      return joined([`ALTER SCHEMA ${quoteName(statement.schema)}`, charsetClause(statement)]);
    case 'dropSchema':
      return `DROP SCHEMA ${quoteName(statement.schema)}`;
  }
}

function isClaim(claim: { readonly schema: string; readonly uid: string }): string {
  return `name = ${quote(claim.schema)} AND uid = ${quote(claim.uid)}`;
}

function charsetClause(wanted: {
  readonly charset: string | null;
  readonly collation: string | null;
}): string | null {
  const { charset, collation } = wanted;
  const parts = [
    charset === null ? null : `CHARACTER SET ${quote(charset)}`,
    collation === null ? null : `COLLATE ${quote(collation)}`,
  ];
  return parts.every((part) => part === null) ? null : joined(parts);
}

function account({ user, host }: AccountName): string {
  return quoteAccount(user, host);
}

function identified(secret: string, secrets: 'shown' | 'masked'): string {
  const password = quote(secrets === 'masked' ? MASK : secret);
  return `IDENTIFIED WITH caching_sha2_password BY ${password}`;
}

function tlsClause({ require, issuer, subject }: AccountTls): string {
  if (require === 'none') return 'REQUIRE NONE';
  if (require === 'ssl') return 'REQUIRE SSL';
  const parts = [
    ...(issuer === null ? [] : [`ISSUER ${quote(issuer)}`]),
    ...(subject === null ? [] : [`SUBJECT ${quote(subject)}`]),
  ];
  return `REQUIRE ${parts.length === 0 ? 'X509' : parts.join(' AND ')}`;
}

function limitsClause(limits: AccountLimits): string {
  return [
    `WITH MAX_QUERIES_PER_HOUR ${Math.trunc(limits.queriesPerHour)}`,
    `MAX_UPDATES_PER_HOUR ${Math.trunc(limits.updatesPerHour)}`,
    `MAX_CONNECTIONS_PER_HOUR ${Math.trunc(limits.connectionsPerHour)}`,
    `MAX_USER_CONNECTIONS ${Math.trunc(limits.userConnections)}`,
  ].join(' ');
}

/** MySQL merges an attribute into the one that is there; null removes a field. */
function markClause(mark: MarkChange, secrets: 'shown' | 'masked'): string {
  const isSecret = (field: string): boolean => field === 'fingerprint' || field === 'stored';
  const shown = Object.entries(mark).map(([field, value]) => [
    field,
    secrets === 'masked' && isSecret(field) && value !== null ? MASK : value,
  ]);
  return `ATTRIBUTE ${quote(JSON.stringify({ radondb: Object.fromEntries(shown) }))}`;
}

/** `SELECT, INSERT (a, b)`: columns of one privilege together. */
function privilegeList(
  privileges: readonly { readonly privilege: string; readonly column: string | null }[],
): readonly string[] {
  const columns = new Map<string, string[]>();
  const whole = new Set<string>();
  for (const { privilege, column } of privileges) {
    if (column === null) whole.add(privilege);
    else columns.set(privilege, [...(columns.get(privilege) ?? []), column]);
  }
  return [
    ...whole,
    ...[...columns].map(
      ([privilege, names]) => `${privilege} (${names.map(quoteName).join(', ')})`,
    ),
  ];
}

function on(scope: Exclude<Scope, { kind: 'role' | 'proxy' }>): string {
  switch (scope.kind) {
    case 'global':
    case 'dynamic':
      return '*.*';
    case 'schema':
    case 'restriction':
      return `${quoteName(scope.schema)}.*`;
    case 'table':
      return `${quoteName(scope.schema)}.${quoteName(scope.table)}`;
    case 'routine':
      return `${scope.type} ${quoteName(scope.schema)}.${quoteName(scope.name)}`;
  }
}

function joined(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(' ');
}
