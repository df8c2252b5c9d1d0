import { type CounterHistory, collectCounters, type SeenValue } from './counter-history.ts';
import type { CounterValue, Operation } from './operation.ts';
import { countBelow } from './sorted.ts';

/**
 * A read that no order of the operations explains. `stale`: it misses an increment that was
 * acknowledged before the read began. `backwards`: it is below what an earlier read had seen.
 * `ahead`: it counts more increments than were ever begun.
 */
export interface CounterAnomaly {
  readonly kind: 'stale' | 'backwards' | 'ahead';
  readonly counter: number;
  readonly process: number;
  readonly value: number;
  /** The nearest value that would have been right. */
  readonly expected: number;
  /** Whether the reader is the one that increments this counter: it misses its own writes. */
  readonly own: boolean;
  readonly server: string | null;
  readonly invokedAtNs: number;
  readonly completedAtNs: number;
  /** How old the missed value was when the read began; 0 for `ahead`. */
  readonly ageNs: number;
}

export interface CounterVerdict {
  readonly increments: number;
  readonly acknowledged: number;
  readonly reads: number;
  readonly anomalies: readonly CounterAnomaly[];
  /** Counters whose last value is below the acknowledged increments. */
  readonly lost: readonly {
    readonly counter: number;
    readonly value: number;
    readonly acknowledged: number;
  }[];
  /** Counters whose last value is above acknowledged and unknown together: something was applied twice. */
  readonly excess: readonly {
    readonly counter: number;
    readonly value: number;
    readonly possible: number;
  }[];
}

/**
 * Counters that only grow, by one at a time. A read must lie between what was acknowledged before
 * it began and what was begun before it ended, and never below what an earlier read has seen. An
 * increment of unknown outcome may take effect at any later time, or never.
 *
 * @param last the counters at the end, after all operations ended
 */
export function checkCounters(
  operations: Iterable<Operation>,
  last: readonly CounterValue[],
): CounterVerdict {
  const histories = collectCounters(operations);
  const lastValues = new Map(last.map(({ counter, value }) => [counter, value]));
  const verdict = {
    increments: 0,
    acknowledged: 0,
    reads: 0,
    anomalies: [] as CounterAnomaly[],
    lost: [] as CounterVerdict['lost'][number][],
    excess: [] as CounterVerdict['excess'][number][],
  };
  for (const history of histories.values()) {
    const acknowledged = history.acknowledgedNs.length;
    const possible = history.begunNs.length;
    const value = lastValues.get(history.counter) ?? 0;
    verdict.increments += possible;
    verdict.acknowledged += acknowledged;
    verdict.reads += history.seen.length;
    if (value < acknowledged) verdict.lost.push({ counter: history.counter, value, acknowledged });
    if (value > possible) verdict.excess.push({ counter: history.counter, value, possible });
    verdict.anomalies.push(...judgeReads(history));
  }
  return verdict;
}

function judgeReads(history: CounterHistory): CounterAnomaly[] {
  const { seen } = history;
  const byEnd = [...seen].sort((a, b) => a.completedAtNs - b.completedAtNs);
  const anomalies: CounterAnomaly[] = [];
  let ended = 0;
  let highest: SeenValue | null = null;
  for (const read of seen) {
    for (; ended < byEnd.length && byEnd[ended]!.completedAtNs < read.invokedAtNs; ended += 1) {
      if (highest === null || byEnd[ended]!.value > highest.value) highest = byEnd[ended]!;
    }
    const anomaly = judgeRead(history, read, highest);
    if (anomaly !== null) anomalies.push(anomaly);
  }
  return anomalies;
}

/** `highest` is the highest value of a read that ended before this one began. */
function judgeRead(
  history: CounterHistory,
  read: SeenValue,
  highest: SeenValue | null,
): CounterAnomaly | null {
  const { value, process, server, invokedAtNs, completedAtNs } = read;
  const own = history.writers.has(process);
  const common = {
    counter: history.counter,
    process,
    value,
    own,
    server,
    invokedAtNs,
    completedAtNs,
  };
  const atLeast = countBelow(history.acknowledgedNs, invokedAtNs);
  const atMost = countBelow(history.begunNs, completedAtNs);
  if (value < atLeast) {
    const ageNs = invokedAtNs - history.acknowledgedNs[value]!;
    return { ...common, kind: 'stale', expected: atLeast, ageNs };
  }
  if (highest !== null && value < highest.value) {
    const ageNs = invokedAtNs - highest.completedAtNs;
    return { ...common, kind: 'backwards', expected: highest.value, ageNs };
  }
  if (value > atMost) return { ...common, kind: 'ahead', expected: atMost, ageNs: 0 };
  return null;
}
