import { type GtidSet, parseGtidSet } from '@radondb/api/gtid';
import type { MysqldSql, MysqlObservation, ReplicationSource } from '../../ports.ts';
import type { SettingChange } from '../../settings.ts';
import { type ApplicationAccount, ensureApplicationAccount } from './application-account.ts';
import { MysqlStatementError } from './errors.ts';
import { enableEvents } from './events.ts';
import { bypassQuery, Fence, longTransactionsQuery } from './fence.ts';
import { observationOf, observationQuery } from './observe.ts';
import { quote, quoteName } from './quote.ts';
import { Replication } from './replication.ts';
import { SemiSync } from './semi-sync.ts';
import { only, type Session, Sessions, type SessionTarget } from './sessions.ts';

const OBSERVE_MS = 2_000;
const STATEMENT_MS = 5_000;
/** Accounts are written while W acknowledgements are waited for, several times. */
const ACCOUNT_MS = 15_000;
const READ_ONLY = 1290;

/** What is needed to speak to one mysqld. */
export interface MysqldSqlOptions {
  readonly target: SessionTarget;
  /** Users whose connections are no clients: the agents' and the replicas'. */
  readonly ownUsers: readonly string[];
  readonly dataFolder: string;
}

/** `MysqldSql` over the admin interface, with mysql2. */
export class MysqldSqlAdapter implements MysqldSql {
  readonly #sessions: Sessions;
  readonly #replication: Replication;
  readonly #semiSync: SemiSync;
  readonly #fence: Fence;
  readonly #ownUsers: readonly string[];

  constructor(options: MysqldSqlOptions) {
    this.#sessions = new Sessions(options.target);
    this.#ownUsers = options.ownUsers;
    this.#replication = new Replication(this.#sessions);
    this.#semiSync = new SemiSync(this.#sessions);
    this.#fence = new Fence(this.#sessions, options.ownUsers, options.dataFolder);
  }

  /** Resolves when the server lets the agent in. @throws MysqlUnreachableError */
  async connect(deadlineMs: number): Promise<void> {
    await this.#sessions.warm(deadlineMs);
  }

  /** mysqld has ended: no connection of the one before is used for the next. */
  reset(): void {
    this.#sessions.reset();
    this.#replication.reset();
  }

  async observe(deadlineMs = OBSERVE_MS): Promise<MysqlObservation> {
    return await this.#sessions.use({ what: 'observe', deadlineMs }, async (session) =>
      observationOf(only(await session.rows(observationQuery(this.#ownUsers)), 'observe')),
    );
  }

  async ping(deadlineMs: number): Promise<void> {
    await this.#sessions.use({ what: 'ping', deadlineMs }, async (session) => {
      await session.rows('SELECT 1');
      try {
        await session.execute('UPDATE radondb.ping SET pings = pings + 1 WHERE id = 1');
      } catch (error) {
        if (!(error instanceof MysqlStatementError && error.errno === READ_ONLY)) throw error;
      }
    });
  }

  async stopReceiver(deadlineMs: number): Promise<boolean> {
    return await this.#replication.stopReceiver(deadlineMs);
  }

  async content(): Promise<{
    executed: GtidSet;
    retrieved: GtidSet;
    purged: GtidSet;
    serverUuid: string;
  }> {
    return await this.#replication.content();
  }

  async follow(
    source: ReplicationSource,
    options: { readonly acknowledge: boolean; readonly delaySeconds?: number },
  ): Promise<void> {
    await this.#replication.follow(source, options);
  }

  async startApplier(): Promise<void> {
    await this.#replication.startApplier();
  }

  async applyUpTo(void_: GtidSet, deadlineMs: number): Promise<boolean> {
    return await this.#replication.applyUpTo(void_, deadlineMs);
  }

  async waitExecuted(
    set: GtidSet,
    options: { readonly deadlineMs: number; readonly signal: AbortSignal },
  ): Promise<boolean> {
    return await this.#replication.waitExecuted(set, options);
  }

  async resetReplica(): Promise<void> {
    await this.#replication.resetReplica();
  }

  async configureSource(w: number): Promise<void> {
    await this.#semiSync.configureSource(w);
  }

  async retireSource(): Promise<void> {
    await this.#semiSync.retireSource();
  }

  async setWaitCount(w: number): Promise<void> {
    await this.#semiSync.setWaitCount(w);
  }

  async allowWrites(): Promise<void> {
    await this.#fence.allowWrites();
  }

  /** On a connection of its own, which is destroyed at the deadline: KILL does not end the wait for acknowledgements (fact 1). */
  async barrier(epoch: number, deadlineMs: number): Promise<GtidSet> {
    return await this.#sessions.use(
      { what: 'barrier', deadlineMs, keep: false },
      async (session) => {
        await session.execute(
          "SET SESSION sql_log_bin=1, session_track_gtids='OWN_GTID', gtid_next='AUTOMATIC:radondb'",
        );
        const result = await session.execute(
          `REPLACE INTO radondb.epoch (id, epoch, server_uuid) VALUES (1, ${Math.trunc(epoch)}, @@server_uuid)`,
        );
        return trackedGtids(result);
      },
    );
  }

  async open(): Promise<void> {
    await this.#fence.open();
  }

  async letReadersIn(): Promise<void> {
    await this.#fence.letReadersIn();
  }

  async shut(deadlineMs: number): Promise<void> {
    await this.#fence.shut(deadlineMs);
  }

  async denyWrites(deadlineMs: number): Promise<boolean> {
    return await this.#fence.denyWrites(deadlineMs);
  }

  async isQuiet(): Promise<boolean> {
    return await this.#fence.isQuiet();
  }

  async longTransactions(
    olderThanSeconds: number,
  ): Promise<readonly { id: number; ageSeconds: number; what: string }[]> {
    return await this.#sessions.use(
      { what: 'long transactions', deadlineMs: STATEMENT_MS },
      async (session) => {
        const rows = await session.rows(longTransactionsQuery(olderThanSeconds, this.#ownUsers));
        return rows.map((row) => ({
          id: Number(row['id']),
          ageSeconds: Number(row['age']),
          what: String(row['what']),
        }));
      },
    );
  }

  async setGlobals(changes: readonly SettingChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#sessions.use({ what: 'settings', deadlineMs: STATEMENT_MS }, async (session) => {
      for (const { name, value } of changes) {
        const literal =
          value === null ? 'DEFAULT' : value.kind === 'number' ? value.text : quote(value.text);
        await session.execute(`SET GLOBAL ${quoteName(name)} = ${literal}`);
      }
    });
  }

  async accountsThatBypassFence(): Promise<readonly string[]> {
    return await this.#sessions.use(
      { what: 'accounts', deadlineMs: STATEMENT_MS },
      async (session) => {
        const rows = await session.rows(bypassQuery(this.#ownUsers));
        return rows.map((row) => String(row['account']));
      },
    );
  }

  async ensureApplicationAccount(account: ApplicationAccount): Promise<void> {
    await this.#sessions.use(
      { what: 'application account', deadlineMs: ACCOUNT_MS, keep: false },
      async (session) => {
        await ensureApplicationAccount(session, account);
      },
    );
  }

  async write<T>(
    options: { readonly what: string; readonly deadlineMs: number; readonly signal: AbortSignal },
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    return await this.#sessions.use({ ...options, keep: false }, async (session) => {
      await session.execute(
        "SET SESSION sql_log_bin=1, gtid_next='AUTOMATIC:radondb', sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
      );
      return await work(session);
    });
  }

  async enableEvents(): Promise<number> {
    return await this.#sessions.use(
      { what: 'enable events', deadlineMs: ACCOUNT_MS, keep: false },
      enableEvents,
    );
  }

  /** One statement for the adapter itself. */
  async execute(what: string, sql: string, deadlineMs = STATEMENT_MS): Promise<void> {
    await this.#sessions.use({ what, deadlineMs }, async (session) => await session.execute(sql));
  }

  /** One question for the adapter itself. */
  async rows(
    what: string,
    sql: string,
    options?: { readonly deadlineMs?: number; readonly signal?: AbortSignal },
  ) {
    const use = { what, deadlineMs: options?.deadlineMs ?? STATEMENT_MS };
    return await this.#sessions.use(
      options?.signal === undefined ? use : { ...use, signal: options.signal },
      async (session) => await session.rows(sql),
    );
  }

  async close(): Promise<void> {
    this.#sessions.close();
  }
}

/** The GTIDs that the server reports with the answer (session_track_gtids); mysql2's types do not tell of it. */
function trackedGtids(result: object): GtidSet {
  const changes: unknown = 'stateChanges' in result ? result.stateChanges : null;
  const gtids: unknown =
    typeof changes === 'object' && changes !== null && 'gtids' in changes ? changes.gtids : null;
  if (!Array.isArray(gtids) || gtids.length === 0)
    throw new Error('barrier: the server did not say its GTID');
  return parseGtidSet(gtids.map(String).join(','));
}
