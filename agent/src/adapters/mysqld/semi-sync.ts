import type { RowDataPacket } from 'mysql2/promise';
import { UnsafeServerError } from './errors.ts';
import { isOn, text } from './observe.ts';
import { only, type Session, type Sessions } from './sessions.ts';

const STATEMENT_MS = 5_000;
/** The largest that the server takes, 49 days; I1: a commit never stops waiting by itself. */
const MAX_TIMEOUT_MS = 4_294_967_295;

const READ_BACK = `SELECT @@GLOBAL.rpl_semi_sync_source_enabled AS enabled,
  @@GLOBAL.rpl_semi_sync_replica_enabled AS acknowledges,
  @@GLOBAL.rpl_semi_sync_source_wait_for_replica_count AS count,
  @@GLOBAL.rpl_semi_sync_source_timeout AS timeout,
  @@GLOBAL.rpl_semi_sync_source_wait_no_replica AS wait_no_replica,
  @@GLOBAL.rpl_semi_sync_source_wait_point AS wait_point,
  @@GLOBAL.super_read_only AS super_read_only,
  (SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_status') AS active`;

/** The primary's side of I1. */
export class SemiSync {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /**
   * Everything else is set before `enabled`: from its first moment on a commit waits for w replicas, without end. What enters the
   * commit pipeline before that is not waited for (fact 1 and 2), so this comes before the server becomes writable.
   */
  async configureSource(w: number): Promise<void> {
    await this.#use('configure semi-sync', async (session) => {
      await session.execute('SET GLOBAL rpl_semi_sync_replica_enabled=OFF');
      if (w === 0) {
        await session.execute('SET GLOBAL rpl_semi_sync_source_enabled=OFF');
        const row = only(await session.rows(READ_BACK), 'semi-sync');
        if (isOn(row['enabled']) || isOn(row['acknowledges']))
          throw unsafe('semi-sync is still on', row);
        return;
      }
      await session.execute(
        `SET GLOBAL rpl_semi_sync_source_wait_for_replica_count=${count(w)}, GLOBAL rpl_semi_sync_source_timeout=${MAX_TIMEOUT_MS},
         GLOBAL rpl_semi_sync_source_wait_no_replica=ON, GLOBAL rpl_semi_sync_source_wait_point=AFTER_SYNC`,
      );
      await session.execute('SET GLOBAL rpl_semi_sync_source_enabled=ON');
      await verify(session, w);
    });
  }

  /**
   * A former primary stops waiting, so that what it applies as a replica does not wait for replicas that it no longer has. Switching
   * off ends every wait with an OK (fact 1): refused unless nobody can write and nobody waits.
   * @throws UnsafeServerError
   */
  async retireSource(): Promise<void> {
    await this.#use('retire as source', async (session) => {
      const row = only(
        await session.rows(
          `SELECT @@GLOBAL.rpl_semi_sync_source_enabled AS enabled, @@GLOBAL.super_read_only AS super_read_only,
           (SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_wait_sessions') AS waiting`,
        ),
        'semi-sync',
      );
      if (!isOn(row['enabled'])) return;
      if (!isOn(row['super_read_only']) || Number(row['waiting']) > 0)
        throw unsafe('semi-sync must stay on while a commit may wait for it', row);
      await session.execute('SET GLOBAL rpl_semi_sync_source_enabled=OFF');
      await endDumps(session);
    });
  }

  async setWaitCount(w: number): Promise<void> {
    if (w === 0) {
      await this.configureSource(0);
      return;
    }
    await this.#use('set the number of acknowledgements', async (session) => {
      const before = only(await session.rows(READ_BACK), 'semi-sync');
      if (!isOn(before['enabled'])) {
        await session.execute('SET GLOBAL rpl_semi_sync_replica_enabled=OFF');
        await session.execute(
          `SET GLOBAL rpl_semi_sync_source_timeout=${MAX_TIMEOUT_MS}, GLOBAL rpl_semi_sync_source_wait_no_replica=ON,
           GLOBAL rpl_semi_sync_source_wait_point=AFTER_SYNC`,
        );
      }
      await session.execute(`SET GLOBAL rpl_semi_sync_source_wait_for_replica_count=${count(w)}`);
      // 1 → 3 members: the single voter waited for nobody until now.
      if (!isOn(before['enabled']))
        await session.execute('SET GLOBAL rpl_semi_sync_source_enabled=ON');
      await verify(session, w);
    });
  }

  async #use<T>(what: string, work: (session: Session) => Promise<T>): Promise<T> {
    return await this.#sessions.use({ what, deadlineMs: STATEMENT_MS }, work);
  }
}

/**
 * Threads that send to replicas which have turned away live on until their next write. Should this server become primary again, its thread for
 * acknowledgements would listen to their dead sockets, up to a second at a time, before it looks at a new one (measured: 950 ms a barrier).
 */
async function endDumps(session: Session): Promise<void> {
  const rows = await session.rows(
    `SELECT ID AS id FROM performance_schema.processlist WHERE COMMAND LIKE 'Binlog Dump%'`,
  );
  for (const row of rows) {
    // It may have ended by itself meanwhile.
    await session.execute(`KILL ${Number(row['id'])}`).catch(() => {});
  }
}

function count(w: number): number {
  if (!Number.isInteger(w) || w < 1) throw new RangeError(`${w} acknowledgements`);
  return w;
}

async function verify(session: Session, w: number): Promise<void> {
  const row = only(await session.rows(READ_BACK), 'semi-sync');
  const isSafe =
    isOn(row['enabled']) &&
    isOn(row['active']) &&
    !isOn(row['acknowledges']) &&
    Number(row['count']) === w &&
    Number(row['timeout']) === MAX_TIMEOUT_MS &&
    isOn(row['wait_no_replica']) &&
    text(row['wait_point']) === 'AFTER_SYNC';
  if (!isSafe) throw unsafe(`semi-sync does not wait for ${w} as set`, row);
}

function unsafe(what: string, row: RowDataPacket): UnsafeServerError {
  return new UnsafeServerError(`${what}: ${JSON.stringify(row)}`);
}
