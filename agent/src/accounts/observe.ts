/** What the server has: read from MySQL's own tables, which say it exactly and in one form. */
import type { EnsureSchemaRequest } from '@radondb/api';
import { quote } from '../adapters/mysqld/quote.ts';
import { nameOf, parseAccount, type Row } from './parse-rows.ts';
import type { ObservedSchemas } from './plan-schema.ts';
import { CLAIMS_TABLE } from './render.ts';
import type { AccountName, ObservedAccount } from './types.ts';

/** A conversation with the primary, whose writes go to the binlog. */
export interface WriteSession {
  rows(sql: string): Promise<readonly Row[]>;
  execute(sql: string): Promise<unknown>;
}

/** Names are compared byte by byte: the tables' own collations are more generous. */
const IS_SAME = 'COLLATE utf8mb4_bin';
const NO_TABLE = 1146;

/** Every account of that user name (null: of none) and every one that carries the uid. */
export async function observeAccounts(
  session: WriteSession,
  wanted: { readonly user: string | null; readonly uid: string },
): Promise<readonly ObservedAccount[]> {
  const isOwn = `JSON_UNQUOTE(JSON_EXTRACT(User_attributes, '$.metadata.radondb.uid')) ${IS_SAME} = ${quote(wanted.uid)}`;
  const isNamed =
    wanted.user === null
      ? 'FALSE'
      : `CONVERT(User USING utf8mb4) ${IS_SAME} = ${quote(wanted.user)}`;
  const users = await session.rows(
    `SELECT *, SHA2(authentication_string, 256) AS stored_digest FROM mysql.user WHERE ${isOwn} OR ${isNamed} ORDER BY User, Host`,
  );
  const accounts: ObservedAccount[] = [];
  for (const user of users) accounts.push(await observeOne(session, user));
  return accounts;
}

async function observeOne(session: WriteSession, user: Row): Promise<ObservedAccount> {
  const name = nameOf(user);
  const of = async (table: string, columns = ['User', 'Host']) =>
    await session.rows(`SELECT * FROM mysql.${table} WHERE ${isAccount(name, columns)}`);
  return parseAccount({
    user,
    db: await of('db'),
    tablesPriv: await of('tables_priv'),
    columnsPriv: await of('columns_priv'),
    procsPriv: await of('procs_priv'),
    proxiesPriv: await of('proxies_priv'),
    globalGrants: await of('global_grants'),
    roleEdges: await of('role_edges', ['TO_USER', 'TO_HOST']),
  });
}

function isAccount({ user, host }: AccountName, [userColumn = '', hostColumn = '']: string[]) {
  return `CONVERT(${userColumn} USING utf8mb4) ${IS_SAME} = ${quote(user)} AND CONVERT(${hostColumn} USING utf8mb4) ${IS_SAME} = ${quote(host)}`;
}

/** `wanted` null: only what the uid claims. */
export async function observeSchemas(
  session: WriteSession,
  wanted: Pick<EnsureSchemaRequest, 'schema' | 'charset' | 'collation'> | null,
  uid: string,
): Promise<ObservedSchemas> {
  const claimRows = await readClaims(session, wanted?.schema ?? null, uid);
  const claims = (claimRows ?? []).map((row) => ({
    schema: String(row['name']),
    owner: String(row['owner']),
    uid: String(row['uid']),
    retained: Number(row['retained']) === 1,
  }));
  const names = new Set(claims.map(({ schema }) => schema));
  if (wanted !== null) names.add(wanted.schema);
  return {
    hasClaims: claimRows !== null,
    claims,
    existing: names.size === 0 ? [] : await readSchemas(session, [...names]),
    known: {
      charset: await knowsCharset(session, wanted?.charset ?? null),
      collationCharset: await charsetOf(session, wanted?.collation ?? null),
    },
  };
}

/** Null: there is no table for claims. */
async function readClaims(session: WriteSession, schema: string | null, uid: string) {
  const isWanted = schema === null ? 'FALSE' : `name = ${quote(schema)}`;
  try {
    return await session.rows(
      `SELECT name, owner, uid, retained FROM ${CLAIMS_TABLE} WHERE uid = ${quote(uid)} OR ${isWanted}`,
    );
  } catch (error) {
    if (error instanceof Error && 'errno' in error && error.errno === NO_TABLE) return null;
    throw error;
  }
}

async function readSchemas(session: WriteSession, names: readonly string[]) {
  const rows = await session.rows(
    `SELECT SCHEMA_NAME AS name, DEFAULT_CHARACTER_SET_NAME AS charset, DEFAULT_COLLATION_NAME AS collation_name
      FROM information_schema.SCHEMATA WHERE CONVERT(SCHEMA_NAME USING utf8mb4) ${IS_SAME} IN (${names.map(quote).join(', ')})`,
  );
  return rows.map((row) => ({
    schema: String(row['name']),
    charset: String(row['charset']),
    collation: String(row['collation_name']),
  }));
}

async function knowsCharset(session: WriteSession, charset: string | null): Promise<boolean> {
  if (charset === null) return false;
  const rows = await session.rows(
    `SELECT 1 FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME = ${quote(charset)}`,
  );
  return rows.length > 0;
}

async function charsetOf(session: WriteSession, collation: string | null): Promise<string | null> {
  if (collation === null) return null;
  const rows = await session.rows(
    `SELECT CHARACTER_SET_NAME AS charset FROM information_schema.COLLATIONS WHERE COLLATION_NAME = ${quote(collation)}`,
  );
  return rows[0] === undefined ? null : String(rows[0]['charset']);
}
