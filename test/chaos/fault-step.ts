import { longestMs, outages, totalAboveMs } from './availability.ts';
import type { PlannedFault } from './fault-plan.ts';
import type { FaultRecord } from './fault-record.ts';
import { type Healed, type HealOptions, waitForHealing, whatIsMissing } from './heal.ts';
import { type Injection, inject } from './inject.ts';
import type { ClusterView } from './ports.ts';
import type { RunOptions, RunPorts } from './runner.ts';
import { difference, type Tally } from './tally.ts';
import { nowMs } from './wait.ts';
import type { Workload } from './workload.ts';

const OUTAGE_FROM_MS = 100;

export interface FaultStepOptions {
  readonly fault: PlannedFault;
  readonly workload: Workload;
  readonly ports: RunPorts;
  readonly options: RunOptions;
  /** Of the workload. */
  readonly startedAtMs: number;
}

export interface FaultStepResult {
  readonly record: FaultRecord;
  readonly healed: Healed;
  /** As it was just before the fault. */
  readonly epochBefore: number;
}

/** One fault, from a whole cluster to a whole cluster. */
export class FaultStep {
  readonly #options: FaultStepOptions;

  constructor(options: FaultStepOptions) {
    this.#options = options;
  }

  async run(): Promise<FaultStepResult> {
    const { workload } = this.#options;
    const before = await this.#wholeBefore();
    const tallyBefore = workload.tally();
    if (!before.healed) {
      const injection = notInjected(`was not begun, the cluster ${before.why}`);
      const record = this.#record({ injection, before: before.view, healed: before, tallyBefore });
      return { record, healed: before, epochBefore: before.view?.epoch ?? 0 };
    }
    const injection = await this.#inject(before.view);
    const healed = await waitForHealing(this.#healing(injection));
    const record = this.#record({ injection, before: before.view, healed, tallyBefore });
    return { record, healed, epochBefore: before.view.epoch };
  }

  /** The cluster may have changed since the last fault, by itself: then it is given time as after a fault. */
  async #wholeBefore(): Promise<Healed> {
    const healing = this.#healing(notInjected(''));
    const view = await healing.cluster.view().catch(() => null);
    if (view !== null && whatIsMissing(view, healing) === null) return { healed: true, view };
    return await waitForHealing(healing);
  }

  async #inject(view: ClusterView): Promise<Injection> {
    const { fault, workload, ports } = this.#options;
    const { cluster, signal } = ports;
    try {
      return await inject(fault, { cluster, prober: workload.prober, signal, view });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return notInjected(`could not be injected: ${message}`);
    }
  }

  #healing(injection: Injection): HealOptions {
    const { workload, ports, options } = this.#options;
    return {
      cluster: ports.cluster,
      prober: workload.prober,
      killed: injection.killed,
      members: options.members,
      sinceMs: injection.endedAtMs,
      deadlineMs: options.healDeadlineMs,
      everyMs: options.lookEveryMs,
      signal: ports.signal,
    };
  }

  #record(what: {
    readonly injection: Injection;
    readonly before: ClusterView | null;
    readonly healed: Healed;
    readonly tallyBefore: Tally;
  }): FaultRecord {
    const { injection, before, healed } = what;
    const { fault, workload, startedAtMs } = this.#options;
    const untilMs = nowMs();
    const gaps = outages(workload.prober.okAtMs, injection.startedAtMs, untilMs);
    const spent = difference(workload.tally(), what.tallyBefore);
    const unhealed = healed.healed ? null : `did not heal: ${healed.why}`;
    return {
      index: fault.index,
      kind: fault.kind,
      atMs: injection.startedAtMs - startedAtMs,
      from: before?.primary ?? null,
      to: healed.view?.primary ?? null,
      epochs: (healed.view?.epoch ?? 0) - (before?.epoch ?? 0),
      unavailableMs: workload.prober.hasAnswered(injection.endedAtMs) ? longestMs(gaps) : null,
      unavailableTotalMs: totalAboveMs(gaps, OUTAGE_FROM_MS),
      healedAfterMs: healed.healed ? untilMs - injection.endedAtMs : null,
      clientErrors: spent.failed + spent.unknown + spent.refused,
      unknown: spent.unknown,
      note: injection.note,
      failure: injection.failure ?? unhealed,
    };
  }
}

function notInjected(failure: string): Injection {
  const atMs = nowMs();
  return { startedAtMs: atMs, endedAtMs: atMs, killed: [], failure, note: '' };
}
