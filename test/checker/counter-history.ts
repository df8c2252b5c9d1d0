import type { Operation } from './operation.ts';
import { ascending } from './sorted.ts';

/** One value that a read saw. */
export interface SeenValue {
  readonly value: number;
  readonly process: number;
  readonly server: string | null;
  readonly invokedAtNs: number;
  readonly completedAtNs: number;
}

/** Everything about one counter. */
export interface CounterHistory {
  readonly counter: number;
  /** When each increment that may have happened was begun, ascending. */
  readonly begunNs: readonly number[];
  /** When each acknowledged increment was acknowledged, ascending. */
  readonly acknowledgedNs: readonly number[];
  readonly writers: ReadonlySet<number>;
  /** By the beginning of the read. */
  readonly seen: readonly SeenValue[];
}

/** Sorts a history by counter. */
export function collectCounters(operations: Iterable<Operation>): Map<number, CounterHistory> {
  const drafts = new Map<number, Draft>();
  const draftOf = (counter: number): Draft => {
    const draft = drafts.get(counter) ?? {
      begun: [],
      acknowledged: [],
      writers: new Set(),
      seen: [],
    };
    drafts.set(counter, draft);
    return draft;
  };
  for (const operation of operations) {
    const { op, outcome, process, invokedAtNs, completedAtNs } = operation;
    if (op.kind === 'increment' && outcome !== 'fail') {
      const draft = draftOf(op.counter);
      draft.writers.add(process);
      draft.begun.push(invokedAtNs);
      if (outcome === 'ok' && completedAtNs !== null) draft.acknowledged.push(completedAtNs);
    }
    if (op.kind === 'read-counters' && op.values !== null && completedAtNs !== null) {
      const server = operation.server ?? null;
      for (const { counter, value } of op.values) {
        draftOf(counter).seen.push({ value, process, server, invokedAtNs, completedAtNs });
      }
    }
  }
  return new Map([...drafts].map(([counter, draft]) => [counter, finish(counter, draft)]));
}

interface Draft {
  readonly begun: number[];
  readonly acknowledged: number[];
  readonly writers: Set<number>;
  readonly seen: SeenValue[];
}

function finish(counter: number, draft: Draft): CounterHistory {
  return {
    counter,
    begunNs: ascending(draft.begun),
    acknowledgedNs: ascending(draft.acknowledged),
    writers: draft.writers,
    seen: draft.seen.sort((a, b) => a.invokedAtNs - b.invokedAtNs),
  };
}
