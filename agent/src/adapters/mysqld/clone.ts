import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { containsGtids, parseGtidSet } from '@radondb/api/gtid';
import type { AgentConfig, AgentCredentials } from '../../agent-config.ts';
import type { ReplicationSource } from '../../ports.ts';
import { recordBase } from './disk-content.ts';
import { removeDurably, syncTree } from './durable-files.ts';
import { CloneError } from './errors.ts';
import { createEmptyServer } from './initialise.ts';
import type { MysqldLayout } from './layout.ts';
import { killServersOf } from './leftover.ts';
import type { MysqldProcess } from './mysqld-process.ts';
import type { MysqldSqlAdapter } from './mysqld-sql.ts';
import { text } from './observe.ts';
import { quote, quoteAccount } from './quote.ts';
import { runServer } from './run-server.ts';
import { startArgs } from './server-args.ts';

const START_MS = 60_000;
const STOP_MS = 60_000;
const PROGRESS_EVERY_MS = 200;
/** A clone of terabytes takes hours; the signal ends it. */
const CLONE_MS = 2_147_000_000;
const KILL_MS = 10_000;

/** What a clone works with. `connection` makes a conversation with whatever server listens on the admin port. */
export interface CloneContext {
  readonly config: AgentConfig;
  readonly credentials: AgentCredentials;
  readonly layout: MysqldLayout;
  readonly signal: AbortSignal;
  readonly connection: (dataFolder: string) => MysqldSqlAdapter;
  readonly onProgress: (progress: { bytesDone: number; bytesTotal: number }) => void;
}

/** Removes what an interrupted clone or initialise left. Its servers too: they would hold the ports. */
export async function removeUnfinished(layout: MysqldLayout): Promise<void> {
  for (const folder of [layout.scratch, layout.incoming, layout.initialising]) {
    await killServersOf(folder, KILL_MS);
    await removeDurably(folder);
    await rm(`${folder}.sql`, { force: true });
  }
}

/**
 * Fills `layout.incoming` with a complete, checked copy of the donor's data that no source is configured in. The data in use is not
 * touched. A scratch server takes the clone into a folder of its own (`DATA DIRECTORY`), so that neither a failed clone nor the
 * restart that an in-place clone ends with ever concerns data that counts.
 * @throws CloneError
 */
export async function fetchClone(donor: ReplicationSource, context: CloneContext): Promise<void> {
  const { config, layout, signal } = context;
  await removeUnfinished(layout);
  try {
    await createEmptyServer({
      config,
      credentials: context.credentials,
      folder: layout.scratch,
      logFile: layout.log,
      signal,
    });
    const executed = await withServer(
      context,
      { folder: layout.scratch, mode: 'scratch', end: 'kill' },
      async (sql) => {
        await takeClone(sql, donor, context);
        const [row] = await sql.rows(
          'clone status',
          'SELECT GTID_EXECUTED AS executed FROM performance_schema.clone_status',
        );
        return parseGtidSet(text(row?.['executed']));
      },
    );
    await removeDurably(layout.scratch);
    // The donor's uuid is not cloned; should that ever change, two members would hand out the same GTIDs (I11).
    await removeDurably(path.join(layout.incoming, 'auto.cnf'));
    await withServer(
      context,
      { folder: layout.incoming, mode: 'closed', end: 'stop' },
      async (sql) => {
        // The donor's own source came along, with positions in relay logs that do not exist here.
        await sql.execute('forget the source of the donor', 'RESET REPLICA ALL');
        const content = await sql.content();
        if (!containsGtids(content.executed, executed)) {
          throw new CloneError(`the clone holds ${content.executed} and should hold ${executed}`);
        }
        await recordBase(layout.incoming, content.executed);
      },
    );
    await syncTree(layout.incoming);
  } catch (error) {
    await removeUnfinished(layout);
    signal.throwIfAborted();
    throw error instanceof CloneError
      ? error
      : new CloneError(`clone of ${donor.host}:${donor.port} failed: ${messageOf(error)}`, {
          cause: error,
        });
  }
}

async function takeClone(
  sql: MysqldSqlAdapter,
  donor: ReplicationSource,
  context: CloneContext,
): Promise<void> {
  const { signal, layout } = context;
  await sql.execute('clone', `SET GLOBAL clone_valid_donor_list=${quote(donorName(donor))}`);
  if (donor.caFile !== null)
    await sql.execute('clone', `SET GLOBAL clone_ssl_ca=${quote(donor.caFile)}`);
  const statement =
    `CLONE INSTANCE FROM ${quoteAccount(donor.user, donor.host)}:${Math.trunc(donor.port)} IDENTIFIED BY ${quote(donor.password)} ` +
    `DATA DIRECTORY = ${quote(layout.incoming)} REQUIRE ${donor.caFile === null ? 'NO SSL' : 'SSL'}`;
  let isOver = false;
  const watching = watchProgress(sql, context, () => isOver);
  try {
    await sql.rows('clone', statement, { deadlineMs: CLONE_MS, signal });
  } finally {
    isOver = true;
    await watching;
  }
}

async function watchProgress(
  sql: MysqldSqlAdapter,
  context: CloneContext,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    try {
      const [row] = await sql.rows(
        'clone progress',
        'SELECT COALESCE(SUM(ESTIMATE), 0) AS total, COALESCE(SUM(DATA), 0) AS done FROM performance_schema.clone_progress',
      );
      context.onProgress({
        bytesDone: Number(row?.['done'] ?? 0),
        bytesTotal: Number(row?.['total'] ?? 0),
      });
      await delay(PROGRESS_EVERY_MS, undefined, { signal: context.signal });
    } catch {
      // Progress is a courtesy: what goes wrong shows in the clone itself.
      return;
    }
  }
}

/** Runs a server on a folder for `work`, and ends it whatever happens. */
async function withServer<T>(
  context: CloneContext,
  server: {
    readonly folder: string;
    readonly mode: 'closed' | 'scratch';
    readonly end: 'kill' | 'stop';
  },
  work: (sql: MysqldSqlAdapter) => Promise<T>,
): Promise<T> {
  const { config, layout, signal } = context;
  const sql = context.connection(server.folder);
  let child: MysqldProcess | null = null;
  const onAbort = () => child?.signal('SIGKILL');
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    child = await runServer({
      config,
      args: startArgs(config, server.folder, server.mode),
      logFile: layout.log,
      deadlineMs: START_MS,
      signal,
      connect: async (deadlineMs) => await sql.connect(deadlineMs),
    });
    const result = await work(sql);
    if (server.end === 'stop') await endCleanly(child);
    return result;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await sql.close();
    child?.signal('SIGKILL');
    await child?.exited;
  }
}

async function endCleanly(child: MysqldProcess): Promise<void> {
  child.signal('SIGTERM');
  const timer = setTimeout(() => child.signal('SIGKILL'), STOP_MS);
  const exit = await child.exited;
  clearTimeout(timer);
  if (exit.code !== 0)
    throw new CloneError(
      `the cloned server did not end cleanly (${exit.signal ?? `code ${exit.code}`})`,
    );
}

function donorName(donor: ReplicationSource): string {
  return `${donor.host}:${Math.trunc(donor.port)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
