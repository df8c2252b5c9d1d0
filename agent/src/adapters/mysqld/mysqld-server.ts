import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { GtidSet } from '@radondb/api/gtid';
import type { AgentConfig, AgentCredentials } from '../../agent-config.ts';
import type {
  DiskContent,
  Logger,
  MysqldServer,
  MysqldSql,
  ReplicationSource,
} from '../../ports.ts';
import { fetchClone, removeUnfinished } from './clone.ts';
import { finishSwap, previousFolders, swapIn } from './data-swap.ts';
import { readDiskContent, recordBase } from './disk-content.ts';
import { exists, removeDurably, renameDurably, syncTree } from './durable-files.ts';
import { MysqldStateError } from './errors.ts';
import { saveEvidence } from './evidence.ts';
import { createEmptyServer } from './initialise.ts';
import { type MysqldLayout, mysqldLayout } from './layout.ts';
import { killServersOf } from './leftover.ts';
import type { MysqldProcess } from './mysqld-process.ts';
import { MysqldSqlAdapter } from './mysqld-sql.ts';
import { runServer } from './run-server.ts';
import { startArgs } from './server-args.ts';
import { StartMarker } from './start-marker.ts';

/** Crash recovery of a large redo log takes minutes. The caller's signal ends a start earlier. */
const START_MS = 600_000;
const KILL_MS = 10_000;

type ExitListener = Parameters<MysqldServer['onExit']>[0];

/**
 * The mysqld below `config.directory`. Nothing is started by making it.
 * Call it from the main thread: with setpriv, mysqld dies with the thread that spawned it.
 */
export function createMysqldServer(
  config: AgentConfig,
  credentials: AgentCredentials,
  log: Logger,
): MysqldServer {
  return new MysqldServerAdapter(config, credentials, log);
}

class MysqldServerAdapter implements MysqldServer {
  readonly #config: AgentConfig;
  readonly #credentials: AgentCredentials;
  readonly #log: Logger;
  readonly #layout: MysqldLayout;
  readonly #marker: StartMarker;
  readonly #sql: MysqldSqlAdapter;
  readonly #listeners: ExitListener[] = [];
  #child: MysqldProcess | null = null;
  #state: 'down' | 'starting' | 'up' = 'down';
  #generation = 0;
  /** An initialise, start, scan, clone … in progress: the files have one user at a time, the others wait. */
  #turn: Promise<unknown> | null = null;

  constructor(config: AgentConfig, credentials: AgentCredentials, log: Logger) {
    this.#config = config;
    this.#credentials = credentials;
    this.#log = log;
    this.#layout = mysqldLayout(config.directory);
    this.#marker = new StartMarker(this.#layout.startsFile);
    this.#sql = this.#connection(this.#layout.data);
  }

  get state(): 'down' | 'starting' | 'up' {
    return this.#state;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get generation(): number {
    return this.#generation;
  }

  get sql(): MysqldSql {
    return this.#sql;
  }

  onExit(listener: ExitListener): void {
    this.#listeners.push(listener);
  }

  async hasData(): Promise<boolean> {
    if (this.#child === null && this.#turn === null) await this.#whileDown('look', async () => {});
    // Written by the server itself at the end of its creation; folders only get their name when they are complete.
    return await exists(path.join(this.#layout.data, 'mysql.ibd'));
  }

  async initialise(signal: AbortSignal): Promise<void> {
    await this.#whileDown('initialise', async () => {
      const { data, initialising, log } = this.#layout;
      // An empty folder may have been made for a volume; anything in it may be somebody's data.
      await rmdir(data).catch(() => {});
      if (await exists(data)) throw new MysqldStateError(`${data} exists already`);
      await removeUnfinished(this.#layout);
      try {
        await createEmptyServer({
          config: this.#config,
          credentials: this.#credentials,
          folder: initialising,
          logFile: log,
          signal,
        });
      } catch (error) {
        await removeUnfinished(this.#layout);
        throw error;
      }
      await renameDurably(initialising, data);
      this.#log.info({ folder: data }, 'created an empty server');
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#whileDown('start', async () => {
      if (!(await exists(this.#layout.data)))
        throw new MysqldStateError('there is no data to start');
      const began = performance.now();
      await this.#marker.beforeStart();
      this.#state = 'starting';
      try {
        const child = await runServer({
          config: this.#config,
          args: startArgs(this.#config, this.#layout.data, 'closed'),
          logFile: this.#layout.log,
          deadlineMs: START_MS,
          signal,
          onSpawn: (spawned) => this.#adopt(spawned),
          connect: async (deadlineMs) => await this.#sql.connect(deadlineMs),
        });
        await recordBase(this.#layout.data, (await this.#sql.content()).executed);
        await this.#marker.afterStart();
        if (child.ended) throw new MysqldStateError('mysqld ended right after its start');
        this.#state = 'up';
        this.#log.info(
          { pid: child.pid, tookMs: Math.round(performance.now() - began) },
          'mysqld is up, closed',
        );
      } finally {
        if (this.#state === 'starting') this.#state = 'down';
      }
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    child.signal('SIGKILL');
    await child.exited;
  }

  async stop(deadlineMs: number): Promise<'clean' | 'killed'> {
    const child = this.#child;
    if (child === null) return 'clean';
    child.signal('SIGTERM');
    const timer = setTimeout(() => child.signal('SIGKILL'), deadlineMs);
    const exit = await child.exited;
    clearTimeout(timer);
    if (exit.code !== 0) return 'killed';
    // The server closes its relay logs without an fsync; after a clean stop a power loss must not be amnesia (I8).
    await syncTree(this.#layout.data);
    return 'clean';
  }

  async scan(): Promise<DiskContent> {
    return await this.#whileDown('scan', async () => await readDiskContent(this.#layout.data));
  }

  async clone(
    donor: ReplicationSource,
    options: {
      readonly signal: AbortSignal;
      readonly beforeSwap: () => Promise<void>;
      readonly onProgress?: (p: { bytesDone: number; bytesTotal: number }) => void;
    },
  ): Promise<void> {
    await this.#whileDown('clone', async () => {
      const began = performance.now();
      this.#log.info({ donor: `${donor.host}:${donor.port}` }, 'clone begins');
      await fetchClone(donor, {
        config: this.#config,
        credentials: this.#credentials,
        layout: this.#layout,
        signal: options.signal,
        connection: (folder) => this.#connection(folder),
        onProgress: options.onProgress ?? (() => {}),
      });
      await options.beforeSwap();
      await swapIn(this.#layout);
      // The files are new, and their server was stopped cleanly.
      await this.#marker.afterStart();
      this.#log.info({ tookMs: Math.round(performance.now() - began) }, 'clone is in place');
    });
  }

  async dropPrevious(): Promise<void> {
    for (const folder of await previousFolders(this.#layout)) await removeDurably(folder);
  }

  async saveEvidence(evidence: {
    readonly content: GtidSet;
    readonly reason: string;
    readonly epoch: number;
  }): Promise<string> {
    return await this.#whileDown(
      'save evidence',
      async () => await saveEvidence(this.#layout, evidence),
    );
  }

  async forgetServerUuid(): Promise<void> {
    await this.#whileDown('forget the server uuid', async () => {
      await removeDurably(path.join(this.#layout.data, 'auto.cnf'));
    });
  }

  async startedSinceCrash(): Promise<boolean> {
    return (await this.#marker.unfinishedStarts()) > 0;
  }

  #connection(dataFolder: string): MysqldSqlAdapter {
    const { agent, replication } = this.#credentials;
    const { host, port } = this.#config.listen.admin;
    return new MysqldSqlAdapter({
      target: { host, port, user: agent.user, password: agent.password },
      ownUsers: [agent.user, replication.user],
      dataFolder,
    });
  }

  #adopt(child: MysqldProcess): void {
    this.#generation += 1;
    const generation = this.#generation;
    this.#child = child;
    void child.exited.then((exit) => {
      this.#child = null;
      this.#state = 'down';
      this.#sql.reset();
      this.#log.info({ ...exit, generation }, 'mysqld has ended');
      for (const listener of this.#listeners) listener({ ...exit, generation });
    });
  }

  /** The files belong to one at a time: not to a running mysqld of ours, and not to one that a killed agent left behind. */
  async #whileDown<T>(what: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turn ?? Promise.resolve();
    const turn = before.then(async () => {
      if (this.#child !== null) throw new MysqldStateError(`cannot ${what}: mysqld runs`);
      await this.#prepareFolders();
      const pids = await killServersOf(this.#layout.data, KILL_MS);
      if (pids.length > 0) this.#log.warn({ pids }, 'killed a mysqld that had outlived its agent');
      await finishSwap(this.#layout);
      return await work();
    });
    const settled = turn.then(
      () => {},
      () => {},
    );
    this.#turn = settled;
    try {
      return await turn;
    } finally {
      if (this.#turn === settled) this.#turn = null;
    }
  }

  async #prepareFolders(): Promise<void> {
    for (const folder of ['agent', 'logs', 'evidence']) {
      await mkdir(path.join(this.#layout.root, folder), { recursive: true, mode: 0o750 });
    }
  }
}
