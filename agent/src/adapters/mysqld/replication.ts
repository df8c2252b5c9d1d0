import {
  containsGtids,
  type GtidSet,
  isEmptyGtids,
  parseGtidSet,
  subtractGtids,
  unionGtids,
} from '@radondb/api/gtid';
import type { RowDataPacket } from 'mysql2/promise';
import type { ReplicationSource } from '../../ports.ts';
import { MysqlUnreachableError, UnsafeServerError } from './errors.ts';
import { isOn, text } from './observe.ts';
import { quote } from './quote.ts';
import { only, type Session, type Sessions } from './sessions.ts';
import { waitFor } from './wait-for.ts';

const STATEMENT_MS = 10_000;
const HEARTBEAT_SECONDS = 0.5;
const RETRY_COUNT = 86_400;
/** Slices of a wait, between which the applier is asked whether it still runs. */
const WAIT_SLICE_SECONDS = 0.25;
const ACCESS_DENIED = 1045;

interface ChannelState {
  readonly source: { readonly host: string; readonly port: number } | null;
  readonly caFile: string | null;
  readonly autoPosition: boolean;
  readonly delaySeconds: number;
  readonly receiver: string;
  readonly receiverErrno: number;
  readonly applier: string;
  readonly applierFailed: boolean;
  readonly acknowledge: boolean;
  readonly acknowledging: boolean;
  readonly executed: GtidSet;
  readonly retrieved: GtidSet;
}

const CHANNEL_QUERY = `SELECT
  (SELECT HOST FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = '') AS host,
  (SELECT PORT FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = '') AS port,
  (SELECT IF(SSL_ALLOWED = 'YES', SSL_CA_FILE, NULL) FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = '') AS ca,
  (SELECT AUTO_POSITION FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = '') AS auto_position,
  (SELECT DESIRED_DELAY FROM performance_schema.replication_applier_configuration WHERE CHANNEL_NAME = '') AS delay,
  (SELECT SERVICE_STATE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = '') AS receiver,
  (SELECT LAST_ERROR_NUMBER FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = '') AS receiver_errno,
  (SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = '') AS retrieved,
  (SELECT SERVICE_STATE FROM performance_schema.replication_applier_status WHERE CHANNEL_NAME = '') AS applier,
  (SELECT COUNT(*) FROM performance_schema.replication_applier_status_by_worker WHERE CHANNEL_NAME = '' AND LAST_ERROR_NUMBER <> 0) +
  (SELECT COUNT(*) FROM performance_schema.replication_applier_status_by_coordinator WHERE CHANNEL_NAME = '' AND LAST_ERROR_NUMBER <> 0) AS failed,
  @@GLOBAL.rpl_semi_sync_replica_enabled AS acknowledge,
  (SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_replica_status') AS acknowledging,
  @@GLOBAL.gtid_executed AS executed`;

/** The receiver (IO thread) and the applier (SQL threads) of the one channel there is. */
export class Replication {
  readonly #sessions: Sessions;
  /** Changes of the channel one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  /** User and password that the receiver was started with; the server is never told them in a table or a file. */
  #startedWith: string | null = null;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** mysqld has ended. */
  reset(): void {
    this.#startedWith = null;
  }

  /**
   * A receiver that only connects may hold up its stop for seconds (fact 9); it cannot acknowledge then, and with the variable off it
   * cannot begin to.
   */
  async stopReceiver(deadlineMs: number): Promise<boolean> {
    const deadline = performance.now() + deadlineMs;
    try {
      return await this.#inTurn(async () => {
        const left = Math.max(1, deadline - performance.now());
        return await this.#sessions.use(
          { what: 'stop the receiver', deadlineMs: left },
          async (session) => {
            await session.execute('SET GLOBAL rpl_semi_sync_replica_enabled=OFF');
            await session.execute('STOP REPLICA IO_THREAD');
            // STOP can return early or fail silently; this is the proof (fact 9).
            return (await readChannel(session)).receiver === 'OFF';
          },
        );
      });
    } catch (error) {
      if (error instanceof MysqlUnreachableError) return false;
      throw error;
    }
  }

  async content(): Promise<{
    executed: GtidSet;
    retrieved: GtidSet;
    purged: GtidSet;
    serverUuid: string;
  }> {
    return await this.#use('read the content', async (session) => {
      const row = only(
        await session.rows(`SELECT @@server_uuid AS uuid, @@GLOBAL.gtid_purged AS purged,
          (SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = '') AS retrieved,
          @@GLOBAL.gtid_executed AS executed`),
        'content',
      );
      return {
        executed: parseGtidSet(text(row['executed'])),
        retrieved: parseGtidSet(text(row['retrieved'])),
        purged: parseGtidSet(text(row['purged'])),
        serverUuid: text(row['uuid']),
      };
    });
  }

  async follow(
    source: ReplicationSource,
    options: { readonly acknowledge: boolean; readonly delaySeconds?: number },
  ): Promise<void> {
    await this.#inTurn(() =>
      this.#use('follow', async (session) => {
        const before = await readChannel(session);
        const sameSource = isSameSource(before, source);
        const key = JSON.stringify([source.user, source.password]);
        const runs = before.receiver === 'ON' || before.receiver === 'CONNECTING';
        const keeps =
          sameSource &&
          runs &&
          before.acknowledge === options.acknowledge &&
          // Takes effect when the receiver connects only.
          (before.receiver !== 'ON' || before.acknowledging === options.acknowledge) &&
          this.#startedWith === key &&
          before.receiverErrno !== ACCESS_DENIED;
        if (!keeps)
          await this.#restartReceiver(session, source, { ...options, before, sameSource });
        this.#startedWith = key;
        await setDelay(session, options.delaySeconds ?? 0);
        if ((await readChannel(session)).applier !== 'ON')
          await session.execute('START REPLICA SQL_THREAD');
      }),
    );
  }

  async startApplier(): Promise<void> {
    await this.#inTurn(() =>
      this.#use('start the applier', async (session) => {
        const now = await readChannel(session);
        // Without a source there is no relay log to apply.
        if (now.source !== null && now.applier !== 'ON')
          await session.execute('START REPLICA SQL_THREAD');
      }),
    );
  }

  async applyUpTo(void_: GtidSet, deadlineMs: number): Promise<boolean> {
    const deadline = performance.now() + deadlineMs;
    const began = await this.#inTurn(() =>
      this.#use('apply up to', async (session) => {
        if ((await readChannel(session)).source === null) return false;
        await session.execute('STOP REPLICA SQL_THREAD');
        const until = isEmptyGtids(void_)
          ? ''
          : ` UNTIL SQL_BEFORE_GTIDS = ${quote(void_.toString())}`;
        await session.execute(`START REPLICA SQL_THREAD${until}`);
        return true;
      }),
    );
    if (!began) return true;
    const ended = await waitFor(
      async () =>
        await this.#use('apply up to', async (session) => {
          const now = await readChannel(session);
          if (now.applierFailed) return 'failed' as const;
          // None of the void ones may be in the relay log: then the applier waits for more, which nobody sends.
          if (now.applier !== 'ON' || containsGtids(now.executed, now.retrieved))
            return 'applied' as const;
          return null;
        }),
      { deadlineMs: Math.max(1, deadline - performance.now()), everyMs: 5 },
    );
    await this.#inTurn(() =>
      this.#use(
        'stop the applier',
        async (session) => await session.execute('STOP REPLICA SQL_THREAD'),
      ),
    );
    return ended === 'applied';
  }

  async waitExecuted(
    set: GtidSet,
    options: { readonly deadlineMs: number; readonly signal: AbortSignal },
  ): Promise<boolean> {
    const { signal } = options;
    const reached = await waitFor(
      async (remainingMs) => {
        const seconds = Math.min(WAIT_SLICE_SECONDS, remainingMs / 1_000);
        const use = { what: 'wait for transactions', deadlineMs: remainingMs + 1_000, signal };
        return await this.#sessions.use(use, async (session) => {
          const rows = await session.rows(
            `SELECT WAIT_FOR_EXECUTED_GTID_SET(${quote(set.toString())}, ${seconds.toFixed(3)}) AS late`,
          );
          if (Number(only(rows, 'wait')['late']) === 0) return true;
          return (await readChannel(session)).applierFailed ? false : null;
        });
      },
      { deadlineMs: options.deadlineMs, everyMs: 0, signal },
    );
    return reached === true;
  }

  async resetReplica(): Promise<void> {
    await this.#inTurn(() =>
      this.#use('reset the replica', async (session) => {
        await session.execute('STOP REPLICA');
        await session.execute('RESET REPLICA ALL');
      }),
    );
    this.#startedWith = null;
  }

  async #restartReceiver(
    session: Session,
    source: ReplicationSource,
    change: {
      readonly acknowledge: boolean;
      readonly before: ChannelState;
      readonly sameSource: boolean;
    },
  ): Promise<void> {
    const { acknowledge, before, sameSource } = change;
    // With both threads stopped a change of the source would drop the relay log (I5, fact 3).
    if (before.source !== null && before.applier !== 'ON')
      await session.execute('START REPLICA SQL_THREAD');
    await session.execute('STOP REPLICA IO_THREAD');
    if (!sameSource) {
      await refuseToDropRelayLog(session);
      await session.execute(changeSource(source, before));
      await refuseLostRelayLog(session, before);
    }
    await session.execute(`SET GLOBAL rpl_semi_sync_replica_enabled=${acknowledge ? 'ON' : 'OFF'}`);
    await session.execute(
      `START REPLICA IO_THREAD USER=${quote(source.user)} PASSWORD=${quote(source.password)}`,
    );
  }

  async #use<T>(what: string, work: (session: Session) => Promise<T>): Promise<T> {
    return await this.#sessions.use({ what, deadlineMs: STATEMENT_MS }, work);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => {});
    return await turn;
  }
}

async function refuseToDropRelayLog(session: Session): Promise<void> {
  const now = await readChannel(session);
  if (now.source === null || now.applier === 'ON' || containsGtids(now.executed, now.retrieved))
    return;
  throw new UnsafeServerError(
    'the applier does not run and the relay log holds transactions: a new source would drop them (I5)',
  );
}

async function refuseLostRelayLog(session: Session, before: ChannelState): Promise<void> {
  const after = await readChannel(session);
  const lost = subtractGtids(before.retrieved, unionGtids(after.executed, after.retrieved));
  if (isEmptyGtids(lost)) return;
  throw new UnsafeServerError(`the relay log was dropped with ${lost.toString()} in it (I5)`);
}

function changeSource(source: ReplicationSource, before: ChannelState): string {
  const tls =
    source.caFile === null
      ? ['SOURCE_SSL=0', 'GET_SOURCE_PUBLIC_KEY=1']
      : // Members are reached by addresses that may not stand in their certificates: the cluster's own CA is the check.
        [
          'SOURCE_SSL=1',
          `SOURCE_SSL_CA=${quote(source.caFile)}`,
          'SOURCE_SSL_VERIFY_SERVER_CERT=0',
          'GET_SOURCE_PUBLIC_KEY=0',
        ];
  const options = [
    `SOURCE_HOST=${quote(source.host)}`,
    `SOURCE_PORT=${source.port}`,
    'SOURCE_CONNECT_RETRY=1',
    `SOURCE_RETRY_COUNT=${RETRY_COUNT}`,
    `SOURCE_HEARTBEAT_PERIOD=${HEARTBEAT_SECONDS}`,
    ...tls,
    // May not be named while the applier runs, and need not: it stays.
    ...(before.autoPosition ? [] : ['SOURCE_AUTO_POSITION=1']),
  ];
  return `CHANGE REPLICATION SOURCE TO ${options.join(', ')}`;
}

/** The delay is the applier's: it alone is stopped for it, and only while the receiver runs, so that the relay log stays. */
async function setDelay(session: Session, delaySeconds: number): Promise<void> {
  const now = await readChannel(session);
  if (now.delaySeconds === delaySeconds) return;
  await session.execute('STOP REPLICA SQL_THREAD');
  await session.execute(`CHANGE REPLICATION SOURCE TO SOURCE_DELAY=${Math.trunc(delaySeconds)}`);
  await session.execute('START REPLICA SQL_THREAD');
}

function isSameSource(now: ChannelState, wanted: ReplicationSource): boolean {
  return (
    now.source !== null &&
    now.source.host === wanted.host &&
    now.source.port === wanted.port &&
    now.caFile === wanted.caFile &&
    now.autoPosition
  );
}

async function readChannel(session: Session): Promise<ChannelState> {
  const row: RowDataPacket = only(await session.rows(CHANNEL_QUERY), 'replication');
  const host = text(row['host']);
  return {
    source: host === '' ? null : { host, port: Number(row['port']) },
    caFile: row['ca'] === null ? null : text(row['ca']),
    autoPosition: isOn(Number(row['auto_position'])),
    delaySeconds: Number(row['delay'] ?? 0),
    receiver: text(row['receiver']) || 'OFF',
    receiverErrno: Number(row['receiver_errno'] ?? 0),
    applier: text(row['applier']) || 'OFF',
    applierFailed: Number(row['failed'] ?? 0) > 0,
    acknowledge: isOn(row['acknowledge']),
    acknowledging: isOn(row['acknowledging']),
    executed: parseGtidSet(text(row['executed'])),
    retrieved: parseGtidSet(text(row['retrieved'])),
  };
}
