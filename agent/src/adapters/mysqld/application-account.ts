import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { quote, quoteAccount, quoteName } from './quote.ts';
import type { Session } from './sessions.ts';

/** Grows when the grants below change: then they are given anew. */
const GRANTS_VERSION = 1;
const PRIVILEGES =
  'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, ' +
  'CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EVENT, TRIGGER';
const KEY_BYTES = 32;

export interface ApplicationAccount {
  readonly user: string;
  readonly password: string;
  readonly database: string | null;
}

/**
 * Creates or updates the account that applications use: everything in schemas of its own, nothing in the system's or the agent's, and
 * no administration. What was applied last, with a salted hash of the password, stands in the account's attribute, so that nothing is
 * written when nothing differs. `session` is used up: it writes to the binlog, tagged.
 */
export async function ensureApplicationAccount(
  session: Session,
  account: ApplicationAccount,
): Promise<void> {
  const before = await readApplied(session, account.user);
  const isSame =
    before !== null &&
    before.grants === GRANTS_VERSION &&
    before.database === account.database &&
    (await isPassword(account.password, before.password));
  if (isSame) return;
  await session.execute("SET SESSION sql_log_bin=1, gtid_next='AUTOMATIC:radondb'");
  const name = quoteAccount(account.user, '%');
  const applied = {
    password: await hashPassword(account.password),
    grants: GRANTS_VERSION,
    database: account.database,
  };
  if (account.database !== null)
    await session.execute(`CREATE DATABASE IF NOT EXISTS ${quoteName(account.database)}`);
  await session.execute(
    `CREATE USER IF NOT EXISTS ${name} IDENTIFIED BY ${quote(account.password)}`,
  );
  if (before !== null || (await hasForeignPassword(session, account.user))) {
    await session.execute(
      `ALTER USER ${name} IDENTIFIED BY ${quote(account.password)} ACCOUNT UNLOCK`,
    );
  }
  await session.execute(`GRANT ${PRIVILEGES} ON *.* TO ${name}`);
  await session.execute(`REVOKE ${PRIVILEGES} ON ${quoteName('mysql')}.* FROM ${name}`);
  await session.execute(`REVOKE ${PRIVILEGES} ON ${quoteName('radondb')}.* FROM ${name}`);
  await session.execute(
    `REVOKE ${withoutReading(PRIVILEGES)} ON ${quoteName('sys')}.* FROM ${name}`,
  );
  // Last: until it stands there, the next call does everything again.
  await session.execute(
    `ALTER USER ${name} ATTRIBUTE ${quote(JSON.stringify({ radondb: applied }))}`,
  );
}

interface Applied {
  readonly password: string;
  readonly grants: number;
  readonly database: string | null;
}

async function readApplied(session: Session, user: string): Promise<Applied | null> {
  const rows = await session.rows(
    `SELECT ATTRIBUTE->>'$.radondb.password' AS password, ATTRIBUTE->>'$.radondb.grants' AS grants_version,
      ATTRIBUTE->>'$.radondb.database' AS db FROM information_schema.user_attributes WHERE USER = ${quote(user)} AND HOST = '%'`,
  );
  const row = rows[0];
  if (row === undefined || row['password'] === null) return null;
  const database: unknown = row['db'];
  return {
    password: String(row['password']),
    grants: Number(row['grants_version']),
    // JSON's null comes out of ->> as the word.
    database: typeof database === 'string' && database !== 'null' ? database : null,
  };
}

/** An account of that name that was not made here may have any password. */
async function hasForeignPassword(session: Session, user: string): Promise<boolean> {
  const rows = await session.rows(
    `SELECT 1 FROM mysql.user WHERE USER = ${quote(user)} AND HOST = '%' AND password_last_changed < NOW() - INTERVAL 1 SECOND`,
  );
  return rows.length > 0;
}

function withoutReading(privileges: string): string {
  return privileges
    .split(', ')
    .filter((privilege) => !['SELECT', 'EXECUTE', 'SHOW VIEW'].includes(privilege))
    .join(', ');
}

async function hashPassword(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  const key = await new Promise<Buffer>((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    );
  });
  return `${salt.toString('base64')}:${key.toString('base64')}`;
}

async function isPassword(password: string, stored: string): Promise<boolean> {
  const [salt = '', key = ''] = stored.split(':');
  const [, wanted = ''] = (await hashPassword(password, Buffer.from(salt, 'base64'))).split(':');
  const [a, b] = [Buffer.from(key, 'base64'), Buffer.from(wanted, 'base64')];
  return a.length === b.length && timingSafeEqual(a, b);
}
