import type { Random } from '../checker/random.ts';
import { judge, type Verdict } from '../checker/verdict.ts';
import type { PlannedFault } from './fault-plan.ts';
import type { FaultRecord } from './fault-record.ts';
import { FaultStep } from './fault-step.ts';
import { type MonitorReport, Monitors } from './monitors.ts';
import type { ChaosCluster, ChaosDatabase, ClusterView, WorkloadShape } from './ports.ts';
import type { Tally } from './tally.ts';
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
  /** Epochs that passed between two faults: failovers that nobody asked for. */
  readonly unprovoked: number;
  readonly monitors: MonitorReport;
  readonly workloadMs: number;
}

const SHAPE: Omit<WorkloadShape, 'counters'> = { accounts: 8, initialBalance: 1_000 };
const WARM_UP_DEADLINE_MS = 30_000;

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
      const step: FaultStep = new FaultStep({ fault, workload, ports, options, startedAtMs });
      const { record, healed, epochBefore } = await step.run();
      faults.push(record);
      unprovoked += Math.max(0, epochBefore - view.epoch);
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
  const epochs = `${record.epochs} epochs`;
  return `${number} ${record.kind.padEnd(20)} ${unavailable.padStart(9)}${whole}, ${move}, ${epochs}, ${errors} (${record.note})${failure}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
