import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseStatus } from './cluster-status.ts';
import type { Credentials } from './mysql-database.ts';
import type { ChaosCluster, ClusterView, CommandResult, FaultSignal, Target } from './ports.ts';
import { isOurs, processesOf } from './process-check.ts';
import { type CommandEnd, runCommand } from './run-command.ts';
import { saveLogs } from './save-logs.ts';
import { StatusWatch } from './status-watch.ts';

const CLUSTER = 'demo';
const UP_DEADLINE_MS = 330_000;
const STATUS_DEADLINE_MS = 15_000;
const SWITCHOVER_DEADLINE_MS = 45_000;
const DOWN_DEADLINE_MS = 90_000;
/** The watch prints once a second when anything has changed, and under load something always has. */
const WATCH_DEADLINE_MS = 3_000;
const LEAVE_DEADLINE_MS = 5_000;

export interface LocalClusterOptions {
  /** The `radondb` program. */
  readonly program: string;
  /** Absolute; made by `up`. */
  readonly dataFolder: string;
  readonly manifestFile: string;
  /** Whether `stop` leaves the data. */
  readonly keepData: boolean;
  /** Where logs go when something went wrong. */
  readonly logsFolder: string;
}

/** The product itself, through its command line and nothing else. */
export class LocalCluster implements ChaosCluster {
  readonly #options: LocalClusterOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #watch: StatusWatch;
  #mayRun = false;

  constructor(options: LocalClusterOptions) {
    this.#options = options;
    this.#env = {
      ...process.env,
      RADONDB_DATA: options.dataFolder,
      // The program's first line looks for node in the PATH, and needs this one.
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    };
    this.#watch = new StatusWatch(options.program, CLUSTER, this.#env);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { dataFolder, manifestFile } = this.#options;
    this.#mayRun = true;
    const args = ['up', '--detach', '--data', dataFolder, '-f', manifestFile];
    const end = await this.#radondb(args, UP_DEADLINE_MS, signal);
    if (end.code !== 0) throw new Error(`radondb up ended with ${end.code}:\n${textOf(end)}`);
  }

  async credentials(): Promise<Credentials> {
    const end = await this.#radondb(
      ['credentials', CLUSTER, '--format', 'json'],
      STATUS_DEADLINE_MS,
    );
    if (end.code !== 0)
      throw new Error(`radondb credentials ended with ${end.code}: ${textOf(end)}`);
    const { host, port, user, password } = JSON.parse(end.stdout) as Record<string, unknown>;
    return {
      host: String(host),
      port: Number(port),
      user: String(user),
      password: String(password),
    };
  }

  async view(): Promise<ClusterView> {
    const seen = await this.#watch.next(WATCH_DEADLINE_MS);
    if (seen !== null) return seen;
    const end = await this.#radondb(['status', CLUSTER, '-o', 'json'], STATUS_DEADLINE_MS);
    if (end.code !== 0) throw new Error(`radondb status ended with ${end.code}: ${textOf(end)}`);
    return parseStatus(end.stdout);
  }

  send(targets: readonly Target[], signal: FaultSignal): void {
    const alive = targets.filter((target) => isOurs(target, this.#options.dataFolder));
    for (const { pid } of alive) kill(pid, signal);
  }

  async switchover(): Promise<CommandResult> {
    const end = await this.#radondb(['switchover', CLUSTER], SWITCHOVER_DEADLINE_MS);
    return { done: end.code === 0, text: textOf(end).replaceAll(/\s+/g, ' ').slice(0, 300) };
  }

  async stop(): Promise<readonly string[]> {
    this.#watch.stop();
    if (!this.#mayRun) return [];
    const { dataFolder, keepData } = this.#options;
    // A stopped process cannot end by itself.
    for (const { pid } of processesOf(dataFolder)) kill(pid, 'SIGCONT');
    const end = await this.#radondb(
      keepData ? ['down'] : ['down', '--delete'],
      DOWN_DEADLINE_MS,
    ).catch(() => null);
    const problems =
      end?.code === 0 ? [] : [`radondb down ended with ${end?.code}: ${textOf(end)}`];
    const endsAt = Date.now() + LEAVE_DEADLINE_MS;
    while (processesOf(dataFolder).length > 0 && Date.now() < endsAt) await delay(100);
    for (const { pid, words } of processesOf(dataFolder)) {
      problems.push(`pid ${pid} was left running and had to be killed: ${words.slice(0, 160)}`);
      kill(pid, 'SIGKILL');
    }
    this.#mayRun = false;
    return problems;
  }

  async saveLogs(): Promise<readonly string[]> {
    return await saveLogs(this.#options.dataFolder, this.#options.logsFolder);
  }

  async #radondb(
    args: readonly string[],
    deadlineMs: number,
    signal?: AbortSignal,
  ): Promise<CommandEnd> {
    const more = signal === undefined ? {} : { signal };
    return await runCommand(this.#options.program, args, { env: this.#env, deadlineMs, ...more });
  }
}

/** The repository's own program. */
export function radondbProgram(repository: string): string {
  return join(repository, 'node_modules/.bin/radondb');
}

function textOf(end: CommandEnd | null): string {
  return end === null ? 'it could not be run' : `${end.stdout}${end.stderr}`.trim();
}

function kill(pid: number, signal: FaultSignal): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH') throw error;
  }
}
