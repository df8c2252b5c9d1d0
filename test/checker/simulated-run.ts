import type { Operation, Outcome, Transfer } from './operation.ts';
import { type Random, seededRandom } from './random.ts';
import { TableDigester } from './table-digest.ts';
import type { FinalState } from './verdict.ts';

/** A run that no database was needed for. `final` is what an honest database would hold. */
export interface SimulatedRun {
  operations: Operation[];
  final: FinalState;
}

export const INITIAL_BALANCE = 100;
const ACCOUNTS = 6;
const READER = 100;

interface Store {
  readonly keys: number[];
  readonly counters: Map<number, number>;
  readonly balances: number[];
  readonly ledger: Transfer[];
}

/**
 * A sound history: every operation takes effect in one instant between its two ends, unknown ones
 * perhaps not at all. Processes overlap in time; each does one thing at a time.
 */
export function simulateRun(options: {
  seed: number;
  operations: number;
  processes?: number;
}): SimulatedRun {
  const random = seededRandom(options.seed);
  const processes = options.processes ?? 4;
  const store: Store = {
    keys: [],
    counters: new Map(Array.from({ length: processes }, (_, process) => [process, 0])),
    balances: Array.from({ length: ACCOUNTS }, () => INITIAL_BALANCE),
    ledger: [],
  };
  const operations: Operation[] = [];
  // Effects happen in the order of this loop, one a microsecond apart; the ends lie around them.
  const freeAtNs = new Map<number, number>();
  for (let index = 0; index < options.operations; index += 1) {
    const effectAtNs = 10_000 + index * 1_000;
    const writers = Array.from({ length: processes }, (_, process) => process);
    const free = [...writers, READER].filter((p) => (freeAtNs.get(p) ?? 0) < effectAtNs);
    const process = free.length === 0 ? READER + index : random.pick(free);
    const earliest = Math.max(freeAtNs.get(process) ?? 0, effectAtNs - 3_000);
    const invokedAtNs = random.integer(earliest, effectAtNs - 1);
    const completedAtNs = random.integer(effectAtNs, effectAtNs + 3_000);
    freeAtNs.set(process, completedAtNs + 1);
    const outcome = pickOutcome(random);
    const done = outcome === 'ok' || (outcome === 'unknown' && random.next() < 0.5);
    const op = act(store, random, {
      process,
      key: index,
      writes: process < processes,
      outcome,
      done,
    });
    operations.push({ process, op, invokedAtNs, completedAtNs, outcome });
  }
  operations.sort((a, b) => a.invokedAtNs - b.invokedAtNs);
  return { operations, final: finalOf(store) };
}

function pickOutcome(random: Random): Outcome {
  const draw = random.next();
  if (draw < 0.9) return 'ok';
  return draw < 0.95 ? 'fail' : 'unknown';
}

function act(
  store: Store,
  random: Random,
  what: { process: number; key: number; writes: boolean; outcome: Outcome; done: boolean },
): Operation['op'] {
  const { process, key, writes, outcome, done } = what;
  const draw = writes ? random.next() : 0.9 + random.next() / 10;
  if (draw < 0.6) {
    if (done) store.keys.push(key);
    return { kind: 'insert', key };
  }
  if (draw < 0.75) {
    if (done) store.counters.set(process, (store.counters.get(process) ?? 0) + 1);
    return { kind: 'increment', counter: process };
  }
  if (draw < 0.9) {
    const from = random.integer(0, ACCOUNTS - 1);
    const transfer = { key, from, to: (from + 1) % ACCOUNTS, amount: random.integer(1, 5) };
    if (done) {
      store.balances[transfer.from]! -= transfer.amount;
      store.balances[transfer.to]! += transfer.amount;
      store.ledger.push(transfer);
    }
    return { kind: 'transfer', transfer };
  }
  const seen = outcome === 'ok';
  if (draw < 0.95) {
    const values = [...store.counters].map(([counter, value]) => ({ counter, value }));
    return { kind: 'read-counters', values: seen ? values : null };
  }
  return { kind: 'read-balances', balances: seen ? [...store.balances] : null };
}

function finalOf(store: Store): FinalState {
  const content = (member: string): FinalState['primary'] => {
    const digester = new TableDigester('entries');
    store.keys.forEach((key, index) => {
      digester.add([index + 1, key]);
    });
    return { member, tables: [digester.finish()] };
  };
  return {
    keys: store.keys,
    counters: [...store.counters].map(([counter, value]) => ({ counter, value })),
    bank: { balances: store.balances, ledger: store.ledger },
    primary: content('demo-0'),
    replicas: [content('demo-1'), content('demo-2')],
    unread: [],
  };
}
