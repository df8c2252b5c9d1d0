import { equalGtids, parseGtidSet, unionGtids } from '@radondb/api/gtid';
import type { RowDataPacket } from 'mysql2/promise';
import { BinlogTail } from '../../binlog/index.ts';
import { readBase } from './disk-content.ts';
import { MysqlStatementError, MysqlUnreachableError, UnsafeServerError } from './errors.ts';
import { BINLOG_INDEX } from './layout.ts';
import { isClient, isOn, text } from './observe.ts';
import { quote } from './quote.ts';
import { only, type Session, type Sessions } from './sessions.ts';
import { waitFor } from './wait-for.ts';

const STATEMENT_MS = 5_000;
const LOCK_WAIT_TIMEOUT = 1205;
const QUERY_INTERRUPTED = 1317;
/** Threads of the server itself. */
const SERVER_USERS = ['system user', 'event_scheduler', 'mysql.session'];

/** What keeps clients out of a server and lets them in. */
export class Fence {
  readonly #sessions: Sessions;
  readonly #ownUsers: readonly string[];
  readonly #dataFolder: string;
  readonly #binlog: BinlogTail;

  constructor(sessions: Sessions, ownUsers: readonly string[], dataFolder: string) {
    this.#sessions = sessions;
    this.#ownUsers = ownUsers;
    this.#dataFolder = dataFolder;
    this.#binlog = new BinlogTail(dataFolder, BINLOG_INDEX);
  }

  async allowWrites(): Promise<void> {
    await this.#use('allow writes', async (session) => {
      await session.execute('SET GLOBAL super_read_only=OFF');
      await session.execute('SET GLOBAL read_only=OFF');
    });
  }

  async open(): Promise<void> {
    await this.#use('open', async (session) => {
      await session.execute('SET GLOBAL offline_mode=OFF');
      const row = only(await session.rows('SELECT @@GLOBAL.event_scheduler AS scheduler'), 'open');
      // DISABLED is a choice made in my.cnf, which cannot be changed while it runs.
      if (text(row['scheduler']) !== 'DISABLED')
        await session.execute('SET GLOBAL event_scheduler=ON');
    });
  }

  async letReadersIn(): Promise<void> {
    await this.#use('let readers in', async (session) => {
      const scheduler = only(
        await session.rows('SELECT @@GLOBAL.event_scheduler AS value'),
        'let readers in',
      );
      if (isOn(scheduler['value'])) await session.execute('SET GLOBAL event_scheduler=OFF');
      const row = only(
        await session.rows('SELECT @@GLOBAL.super_read_only AS value'),
        'let readers in',
      );
      if (!isOn(row['value']))
        throw new UnsafeServerError('super_read_only is off: clients of a replica must not write');
      await session.execute('SET GLOBAL offline_mode=OFF');
    });
  }

  /**
   * offline_mode does not wait for running statements, super_read_only does (fact 6): so this is the fence. Sessions with
   * CONNECTION_ADMIN, which it spares, are killed one by one: only the agents and replicas stay.
   */
  async shut(deadlineMs: number): Promise<void> {
    const use = { what: 'shut clients out', deadlineMs };
    await this.#sessions.use(use, async (session) => {
      await session.execute('SET GLOBAL offline_mode=ON');
      const isShut = await waitFor(async () => await this.#isShut(session), {
        deadlineMs,
        everyMs: 2,
      });
      if (isShut !== true)
        throw new MysqlUnreachableError('shut clients out: some are left at the deadline');
      const row = only(await session.rows('SELECT @@GLOBAL.event_scheduler AS scheduler'), 'shut');
      if (isOn(row['scheduler'])) await session.execute('SET GLOBAL event_scheduler=OFF');
    });
  }

  /** SET waits for running statements and commits; the session's own short wait ends it, and at the deadline a KILL. */
  async denyWrites(deadlineMs: number): Promise<boolean> {
    let id = 0;
    const deny = this.#sessions
      .use(
        { what: 'deny writes', deadlineMs: deadlineMs + STATEMENT_MS, keep: false },
        async (session) => {
          id = session.id;
          await session.execute(
            `SET SESSION lock_wait_timeout=${Math.max(1, Math.ceil(deadlineMs / 1_000))}`,
          );
          await session.execute('SET GLOBAL super_read_only=ON');
        },
      )
      .then(
        () => true,
        (error: unknown) => {
          if (
            error instanceof MysqlStatementError &&
            [LOCK_WAIT_TIMEOUT, QUERY_INTERRUPTED].includes(error.errno)
          )
            return false;
          throw error;
        },
      );
    const timer = setTimeout(() => {
      this.#use('deny writes', async (session) => await session.execute(`KILL QUERY ${id}`)).catch(
        () => {},
      );
    }, deadlineMs);
    try {
      if (await deny) return await this.#readOnlyIs(true);
    } finally {
      clearTimeout(timer);
    }
    // It sets read_only first and leaves that behind when it gives up.
    await this.#use(
      'deny writes',
      async (session) => await session.execute('SET GLOBAL read_only=OFF'),
    );
    return await this.#readOnlyIs(true);
  }

  /**
   * A commit in doubt is in the binlog and not in gtid_executed. Read in this order, a commit in between shows as one more in the
   * binlog: "not quiet", and the caller asks again.
   */
  async isQuiet(): Promise<boolean> {
    const row = await this.#use('is it quiet', async (session) =>
      only(
        await session.rows(`SELECT @@GLOBAL.gtid_executed AS executed,
          (SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_wait_sessions') AS waiting`),
        'quiet',
      ),
    );
    if (Number(row['waiting'] ?? 0) !== 0) return false;
    const { content, whole } = await this.#binlog.read();
    if (!whole) return false;
    const known = unionGtids(await readBase(this.#dataFolder), content);
    return equalGtids(known, parseGtidSet(text(row['executed'])));
  }

  async #isShut(session: Session): Promise<true | null> {
    const state = only(await session.rows('SELECT @@GLOBAL.offline_mode AS offline'), 'shut');
    if (!isOn(state['offline']))
      throw new UnsafeServerError('offline_mode is off although it was just set');
    // Of all the process lists only this one tells that a session is cut off and nobody hears it any more: one that waits for
    // acknowledgements lives on, in doubt, until it gets them.
    const all = await session.rows('SHOW PROCESSLIST');
    const left = all.filter((row) => this.#isClient(row) && row['Command'] !== 'Killed');
    for (const client of left) {
      // It may have ended in between.
      await session.execute(`KILL CONNECTION ${Number(client['Id'])}`).catch(() => {});
    }
    return left.length === 0 ? true : null;
  }

  #isClient(row: RowDataPacket): boolean {
    const user = text(row['User']);
    return (
      !SERVER_USERS.includes(user) && !this.#ownUsers.includes(user) && row['Command'] !== 'Daemon'
    );
  }

  async #readOnlyIs(wanted: boolean): Promise<boolean> {
    return await this.#use('deny writes', async (session) => {
      const row = only(
        await session.rows('SELECT @@GLOBAL.super_read_only AS value'),
        'super_read_only',
      );
      return isOn(row['value']) === wanted;
    });
  }

  async #use<T>(what: string, work: (session: Session) => Promise<T>): Promise<T> {
    return await this.#sessions.use({ what, deadlineMs: STATEMENT_MS }, work);
  }
}

/** Privileges that pass the fence or break what the agent set up (fact 6). */
const DANGEROUS = [
  'CONNECTION_ADMIN',
  'SUPER',
  'SYSTEM_VARIABLES_ADMIN',
  'REPLICATION_SLAVE_ADMIN',
  'BINLOG_ADMIN',
];

/** Unlocked accounts that have one of those, directly or through a role, other than the agents' own. */
export function bypassQuery(ownUsers: readonly string[]): string {
  const dangerous = DANGEROUS.map(quote).join(', ');
  return `WITH RECURSIVE powers (user, host) AS (
      SELECT USER, HOST FROM mysql.user WHERE Super_priv = 'Y'
      UNION SELECT USER, HOST FROM mysql.global_grants WHERE PRIV IN (${dangerous})
      UNION SELECT e.TO_USER, e.TO_HOST FROM mysql.role_edges e JOIN powers p ON e.FROM_USER = p.user AND e.FROM_HOST = p.host)
    SELECT DISTINCT CONCAT(QUOTE(u.USER), '@', QUOTE(u.HOST)) AS account FROM powers p
      JOIN mysql.user u ON u.USER = p.user AND u.HOST = p.host
      WHERE u.account_locked = 'N' AND u.USER NOT IN (${ownUsers.map(quote).join(', ')}) ORDER BY account`;
}

/** Transactions and DDL that run for longer than that, and clones. */
export function longTransactionsQuery(
  olderThanSeconds: number,
  ownUsers: readonly string[],
): string {
  const age = Number(olderThanSeconds);
  return `SELECT t.trx_mysql_thread_id AS id, TIMESTAMPDIFF(MICROSECOND, t.trx_started, NOW(6)) / 1000000 AS age, 'transaction' AS what
      FROM information_schema.innodb_trx t JOIN performance_schema.processlist p ON p.ID = t.trx_mysql_thread_id
      WHERE ${isClient(ownUsers)} AND TIMESTAMPDIFF(MICROSECOND, t.trx_started, NOW(6)) / 1000000 > ${age}
    UNION ALL SELECT p.ID, p.TIME, 'DDL' FROM performance_schema.processlist p
      WHERE ${isClient(ownUsers)} AND p.TIME > ${age} AND p.INFO REGEXP '^[[:space:]]*(ALTER|CREATE|DROP|OPTIMIZE|RENAME|TRUNCATE|ANALYZE|REPAIR)[[:space:]]'
    UNION ALL SELECT p.ID, p.TIME, 'clone' FROM performance_schema.processlist p WHERE p.COMMAND LIKE '%clone%'`;
}
