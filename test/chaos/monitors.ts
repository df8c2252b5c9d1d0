import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ChaosDatabase, ClusterView } from './ports.ts';

export interface MonitorReport {
  /** Highest resident memory of any agent, in MB; null when none could be looked at. */
  readonly agentRssMb: number | null;
  /** Commits that semi-sync did not wait for, over all servers that were asked (I1: none). */
  readonly unsafeCommits: number;
  /** How late this process itself was: what the measured times may be off by. */
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
}

const SAMPLE_EVERY_MS = 2_000;

/** Looks at processes and servers beside the workload. */
export class Monitors {
  readonly #database: ChaosDatabase;
  readonly #loop = monitorEventLoopDelay({ resolution: 10 });
  /** By the server's process, since a new one counts from 0. */
  readonly #unsafe = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;
  #agents: readonly number[] = [];
  #rssKb = 0;

  constructor(database: ChaosDatabase) {
    this.#database = database;
    this.#loop.enable();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS).unref();
  }

  /** Asks every server, and remembers the agents. */
  async look(view: ClusterView): Promise<void> {
    this.#agents = view.members.flatMap(({ agentPid }) => agentPid ?? []);
    this.#sample();
    for (const member of view.members) {
      const count = await this.#database.unsafeCommits(member);
      if (count !== null && member.mysqldPid !== null) this.#unsafe.set(member.mysqldPid, count);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#loop.disable();
  }

  report(): MonitorReport {
    return {
      agentRssMb: this.#rssKb === 0 ? null : this.#rssKb / 1_024,
      unsafeCommits: [...this.#unsafe.values()].reduce((sum, count) => sum + count, 0),
      loopDelayP99Ms: this.#loop.percentile(99) / 1e6,
      loopDelayMaxMs: this.#loop.max / 1e6,
    };
  }

  #sample(): void {
    for (const pid of this.#agents) this.#rssKb = Math.max(this.#rssKb, rssKb(pid));
  }
}

function rssKb(pid: number): number {
  try {
    const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kb ?? 0);
  } catch {
    return 0;
  }
}
