/** Rows of MySQL's own tables as accounts. Pure. */
import type { AccountTls } from '@radondb/api';
import { PRIVILEGE_COLUMNS } from './privileges.ts';
import type { AccountMark, AccountName, Grant, ObservedAccount, Scope } from './types.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Rows of one account, by table. */
export interface AccountRows {
  readonly user: Row;
  readonly db: readonly Row[];
  readonly tablesPriv: readonly Row[];
  readonly columnsPriv: readonly Row[];
  readonly procsPriv: readonly Row[];
  readonly proxiesPriv: readonly Row[];
  readonly globalGrants: readonly Row[];
  readonly roleEdges: readonly Row[];
}

export function parseAccount(rows: AccountRows): ObservedAccount {
  const { user } = rows;
  const attributes = record(user['User_attributes']);
  return {
    name: nameOf(user),
    mark: markOf(record(record(attributes['metadata'])['radondb'])),
    plugin: textOf(user['plugin']),
    stored: textOf(user['stored_digest']),
    expired: isYes(user['password_expired']),
    locked: isYes(user['account_locked']),
    hasOldPassword: 'additional_password' in attributes,
    tls: tlsOf(user),
    limits: {
      queriesPerHour: Number(user['max_questions']),
      updatesPerHour: Number(user['max_updates']),
      connectionsPerHour: Number(user['max_connections']),
      userConnections: Number(user['max_user_connections']),
    },
    grants: [...globalsOf(rows), ...restrictionsOf(attributes), ...scopedOf(rows)],
  };
}

export function nameOf(row: Row): AccountName {
  return { user: textOf(row['User'] ?? row['USER']), host: textOf(row['Host'] ?? row['HOST']) };
}

function markOf(mark: Row): AccountMark | null {
  if (typeof mark['owner'] !== 'string') return null;
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    owner: mark['owner'],
    uid: text(mark['uid']) ?? '',
    retained: mark['retained'] === true,
    fingerprint: text(mark['fingerprint']),
    stored: text(mark['stored']),
    rotatedAtMs: typeof mark['rotatedAtMs'] === 'number' ? mark['rotatedAtMs'] : null,
  };
}

function tlsOf(user: Row): AccountTls {
  const orNull = (value: unknown) => (textOf(value) === '' ? null : textOf(value));
  const names = { issuer: orNull(user['x509_issuer']), subject: orNull(user['x509_subject']) };
  switch (textOf(user['ssl_type'])) {
    case '':
      return { require: 'none', issuer: null, subject: null };
    case 'ANY':
      return { require: 'ssl', issuer: null, subject: null };
    default:
      // A required cipher, which nobody can declare, shows as something that is declared by nobody.
      return textOf(user['ssl_cipher']) === ''
        ? { require: 'x509', ...names }
        : { require: 'x509', issuer: `${names.issuer ?? ''} with a cipher`, subject: null };
  }
}

function globalsOf({ user, globalGrants, roleEdges, proxiesPriv }: AccountRows): readonly Grant[] {
  return [
    ...yesOf(user, { kind: 'global' }),
    ...globalGrants.map((row) =>
      whole({ kind: 'dynamic', grantOption: isYes(row['WITH_GRANT_OPTION']) }, textOf(row['PRIV'])),
    ),
    ...roleEdges.map((row) => {
      const role = { user: textOf(row['FROM_USER']), host: textOf(row['FROM_HOST']) };
      return whole({ kind: 'role', role }, 'ROLE');
    }),
    ...proxiesPriv.map((row) => {
      const proxied = { user: textOf(row['Proxied_user']), host: textOf(row['Proxied_host']) };
      return whole({ kind: 'proxy', proxied }, 'PROXY');
    }),
  ];
}

function restrictionsOf(attributes: Row): readonly Grant[] {
  return list(attributes['Restrictions']).flatMap((item) => {
    const schema = textOf(record(item)['Database']);
    return list(record(item)['Privileges']).map((privilege) =>
      whole({ kind: 'restriction', schema }, textOf(privilege)),
    );
  });
}

function scopedOf({ db, tablesPriv, columnsPriv, procsPriv }: AccountRows): readonly Grant[] {
  const tableOf = (row: Row): Scope => ({
    kind: 'table',
    schema: textOf(row['Db']),
    table: textOf(row['Table_name']),
  });
  return [
    ...db.flatMap((row) => yesOf(row, { kind: 'schema', schema: textOf(row['Db']) })),
    ...tablesPriv.flatMap((row) =>
      setOf(row['Table_priv']).map((word) => whole(tableOf(row), word)),
    ),
    ...columnsPriv.flatMap((row) =>
      setOf(row['Column_priv']).map((privilege) => ({
        scope: tableOf(row),
        privilege,
        column: textOf(row['Column_name']),
      })),
    ),
    ...procsPriv.flatMap((row) =>
      setOf(row['Proc_priv']).map((word) =>
        whole(
          {
            kind: 'routine',
            type: routineType(row['Routine_type']),
            schema: textOf(row['Db']),
            name: textOf(row['Routine_name']),
          },
          word,
        ),
      ),
    ),
  ];
}

function routineType(value: unknown): 'FUNCTION' | 'PROCEDURE' | 'LIBRARY' {
  return value === 'FUNCTION' || value === 'LIBRARY' ? value : 'PROCEDURE';
}

/** Columns of Y and N. */
function yesOf(row: Row, scope: Scope): readonly Grant[] {
  return Object.entries(PRIVILEGE_COLUMNS)
    .filter(([, column]) => isYes(row[column]))
    .map(([privilege]) => whole(scope, privilege));
}

/** `Select,Show view,Grant` */
function setOf(value: unknown): readonly string[] {
  const words = Array.isArray(value) ? value.map(textOf) : textOf(value).split(',');
  return words
    .filter((word) => word !== '')
    .map((word) => (word === 'Grant' ? 'GRANT OPTION' : word.toUpperCase()));
}

function whole(scope: Scope, privilege: string): Grant {
  return { scope, privilege, column: null };
}

function isYes(value: unknown): boolean {
  return value === 'Y';
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : '';
}

/** A JSON column comes parsed or as text, as the driver likes. */
function record(value: unknown): Row {
  const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? { ...parsed }
    : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
