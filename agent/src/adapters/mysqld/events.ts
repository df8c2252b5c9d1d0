import { quoteAccount, quoteName } from './quote.ts';
import type { Session } from './sessions.ts';

/**
 * A replica keeps every event that came to it as REPLICA_SIDE_DISABLED, and keeps it so when it is promoted: nobody would run it any more.
 * The new primary enables them, in the binlog, so that they are disabled again everywhere else. An event that its owner had
 * disabled is not told apart by the server: it keeps no other state (MySQL manual, "Replication of Invoked Features").
 * ALTER without a definer would make the agent the owner.
 *
 * @returns how many were enabled
 */
export async function enableEvents(session: Session): Promise<number> {
  const rows = await session.rows(
    `SELECT EVENT_SCHEMA AS db, EVENT_NAME AS name, DEFINER AS definer FROM information_schema.EVENTS
     WHERE STATUS IN ('REPLICA_SIDE_DISABLED', 'SLAVESIDE_DISABLED')`,
  );
  if (rows.length === 0) return 0;
  await session.execute("SET SESSION sql_log_bin=1, gtid_next='AUTOMATIC:radondb'");
  for (const row of rows) {
    const event = `${quoteName(String(row['db']))}.${quoteName(String(row['name']))}`;
    await session.execute(
      `ALTER DEFINER = ${definer(String(row['definer']))} EVENT ${event} ENABLE`,
    );
  }
  return rows.length;
}

/** `user@host`; a user's name may hold an @, a host may not. */
function definer(account: string): string {
  const at = account.lastIndexOf('@');
  return quoteAccount(account.slice(0, at), account.slice(at + 1));
}
