import type { Random } from '../checker/random.ts';
import { judge, type Verdict } from '../checker/verdict.ts';
import { longestMs, outages, totalAboveMs } from './availability.ts';
import type { PlannedFault } from './fault-plan.ts';
import type { FaultRecord } from './fault-record.ts';
import { type Healed, waitForHealing } from './heal.ts';
import { type Injection, inject } from './inject.ts';
import { type MonitorReport, Monitors } from './monitors.ts';
import type { ChaosCluster, ChaosDatabase, ClusterView, WorkloadShape } from './ports.ts';
import { difference, type Tally } from './tally.ts';
import { nowMs, pause, waitUntil } from './wait.ts';
import { Workload } from './workload.ts';

export interface RunOptions {
  readonly faults: readonly PlannedFault[];
  readonly members: number;
  readonly clients: number;
  readonly rate: number;
  readonly random: Random;
  readonly healDeadlineMs: number;
  /** Between two looks at the status while waiting for all members. */
  readonly lookEveryMs: number;
  /** Writes that are answered before the first fault. */
  readonly warmUpWrites: number;
  /** No new fault after that, once there were enough. */
  readonly budgetMs: number;
  readonly minimumFaults: number;
  /** No new fault after that, whatever is missing. */
  readonly limitMs: number;
}

export interface RunPorts {
  readonly cluster: ChaosCluster;
  readonly database: ChaosDatabase;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly mysqlVersion: string;
  readonly faults: readonly FaultRecord[];
  readonly planned: number;
  readonly tally: Tally;
  readonly errors: Readonly<Record<string, number>>;
  /** Null when the end could not be read; `finalFailure` says why. */
  readonly verdict: Verdict | null;
  readonly finalFailure: string | null;
  /** Changes of epoch between two faults, that no fault of ours explains. */
  readonly unprovoked: number;
  readonly monitors: MonitorReport;
  readonly workloadMs: number;
}

const SHAPE: Omit<WorkloadShape, 'counters'> = { accounts: 8, initialBalance: 1_000 };
const WARM_UP_DEADLINE_MS = 30_000;
const OUTAGE_FROM_MS = 100;

/** Runs the faults one after the other under load and judges what is left. The cluster has been started. */
export async function runChaos(options: RunOptions, ports: RunPorts): Promise<RunResult> {
  const { cluster, database, signal } = ports;
  const shape = { ...SHAPE, counters: options.clients };
  const mysqlVersion = await database.prepare(shape);
  const { clients, rate, random } = options;
  const workload = new Workload({ database, random, clients, rate, shape });
  const monitors = new Monitors(database);
  const startedAtMs = nowMs();
  workload.start();
  let view: ClusterView | null = null;
  const faults: FaultRecord[] = [];
  let unprovoked = 0;
  try {
    const warm = await waitUntil(() => workload.prober.okAtMs.length >= options.warmUpWrites, {
      deadlineMs: WARM_UP_DEADLINE_MS,
      signal,
    });
    if (!warm) throw new Error('the workload does not get a write through the primary endpoint');
    view = await cluster.view();
    await monitors.look(view);
    for (const fault of options.faults) {
      const enough = faults.length >= options.minimumFaults;
      const allowedMs = enough ? options.budgetMs : options.limitMs;
      if (signal.aborted || nowMs() - startedAtMs > allowedMs) break;
      await pause(fault.waitMs, signal);
      if (signal.aborted) break;
      const before: ClusterView = view;
      const step = new Step({ fault, before, workload, ports, options, startedAtMs });
      const { record, healed, epochMoved } = await step.run();
      faults.push(record);
      unprovoked += epochMoved;
      ports.print(describeFault(record, options.faults.length));
      if (!healed.healed) break;
      view = healed.view;
      await monitors.look(view);
    }
  } finally {
    await workload.stop();
    monitors.stop();
  }
  const workloadMs = nowMs() - startedAtMs;
  const judged = await judgeEnd(ports, workload, view);
  return {
    mysqlVersion,
    faults,
    planned: options.faults.length,
    tally: workload.tally(),
    errors: workload.errors(),
    ...judged,
    unprovoked,
    monitors: monitors.report(),
    workloadMs,
  };
}

async function judgeEnd(
  { cluster, database }: RunPorts,
  workload: Workload,
  view: ClusterView | null,
): Promise<Pick<RunResult, 'verdict' | 'finalFailure'>> {
  try {
    const now = await cluster.view().catch(() => view);
    if (now === null) throw new Error('there is no status of the cluster');
    const final = await database.finalState(now);
    const verdict = judge(workload.history.operations(), final, SHAPE.initialBalance);
    return { verdict, finalFailure: null };
  } catch (error) {
    return { verdict: null, finalFailure: messageOf(error) };
  }
}

interface StepOptions {
  readonly fault: PlannedFault;
  readonly before: ClusterView;
  readonly workload: Workload;
  readonly ports: RunPorts;
  readonly options: RunOptions;
  readonly startedAtMs: number;
}

/** One fault from its first signal until the cluster is whole. */
class Step {
  readonly #options: StepOptions;

  constructor(options: StepOptions) {
    this.#options = options;
  }

  async run(): Promise<{ record: FaultRecord; healed: Healed; epochMoved: number }> {
    const { workload, ports, options } = this.#options;
    const tallyBefore = workload.tally();
    const { injection, view, epochMoved } = await this.#inject();
    const healed = await waitForHealing({
      cluster: ports.cluster,
      prober: workload.prober,
      killed: injection.killed,
      members: options.members,
      sinceMs: injection.endedAtMs,
      deadlineMs: options.healDeadlineMs,
      everyMs: options.lookEveryMs,
      signal: ports.signal,
    });
    const spent = difference(workload.tally(), tallyBefore);
    return { record: this.#record(injection, view, healed, spent), healed, epochMoved };
  }

  /** The view may have aged while nothing was done: then once more, with a fresh one. */
  async #inject(): Promise<{ injection: Injection; view: ClusterView; epochMoved: number }> {
    const { fault, before, workload, ports } = this.#options;
    const context = { cluster: ports.cluster, prober: workload.prober, signal: ports.signal };
    try {
      return {
        injection: await inject(fault, { ...context, view: before }),
        view: before,
        epochMoved: 0,
      };
    } catch (error) {
      const startedAtMs = nowMs();
      const view = await ports.cluster.view().catch(() => before);
      const epochMoved = Math.max(0, view.epoch - before.epoch);
      try {
        return { injection: await inject(fault, { ...context, view }), view, epochMoved };
      } catch (again) {
        const failure = `could not be injected: ${messageOf(error)}; ${messageOf(again)}`;
        const injection = { startedAtMs, endedAtMs: nowMs(), killed: [], failure, note: '' };
        return { injection, view, epochMoved };
      }
    }
  }

  #record(injection: Injection, view: ClusterView, healed: Healed, spent: Tally): FaultRecord {
    const { fault, workload, startedAtMs } = this.#options;
    const untilMs = nowMs();
    const gaps = outages(workload.prober.okAtMs, injection.startedAtMs, untilMs);
    const writesAreBack = workload.prober.hasAnswered(injection.endedAtMs);
    const unhealed = healed.healed ? null : `did not heal: ${healed.why}`;
    return {
      index: fault.index,
      kind: fault.kind,
      atMs: injection.startedAtMs - startedAtMs,
      from: view.primary,
      to: healed.view?.primary ?? null,
      unavailableMs: writesAreBack ? longestMs(gaps) : null,
      unavailableTotalMs: totalAboveMs(gaps, OUTAGE_FROM_MS),
      healedAfterMs: healed.healed ? untilMs - injection.endedAtMs : null,
      clientErrors: spent.failed + spent.unknown + spent.refused,
      unknown: spent.unknown,
      note: injection.note,
      failure: unhealed ?? injection.failure,
    };
  }
}

function describeFault(record: FaultRecord, planned: number): string {
  const number = `${record.index + 1}/${planned}`.padStart(7);
  const unavailable =
    record.unavailableMs === null ? 'no writes' : `${Math.round(record.unavailableMs)} ms`;
  const whole =
    record.healedAfterMs === null
      ? ''
      : `, whole after ${(record.healedAfterMs / 1_000).toFixed(1)} s`;
  const errors = `${record.clientErrors} client errors, ${record.unknown} unknown`;
  const move = record.from === record.to ? `${record.from} stays` : `${record.from} → ${record.to}`;
  const failure = record.failure === null ? '' : `\n        FAILED: ${record.failure}`;
  return `${number} ${record.kind.padEnd(20)} ${unavailable.padStart(9)}${whole}, ${move}, ${errors} (${record.note})${failure}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
