import type { Action, Operation } from './operation.ts';
import type { Random } from './random.ts';
import type { SimulatedRun } from './simulated-run.ts';
import { TableDigester } from './table-digest.ts';

/** Damages a sound run in one way. `expected` is a part of the sentence that must report it. */
export interface Planted {
  readonly run: SimulatedRun;
  readonly expected: RegExp;
}

export type Plant = (run: SimulatedRun, random: Random) => Planted;

function pickOk<K extends Action['kind']>(
  run: SimulatedRun,
  random: Random,
  kind: K,
): Operation & { op: Extract<Action, { kind: K }> } {
  const candidates = run.operations.filter(
    (operation): operation is Operation & { op: Extract<Action, { kind: K }> } =>
      operation.op.kind === kind && operation.outcome === 'ok',
  );
  return random.pick(candidates);
}

function withFinal(run: SimulatedRun, change: Partial<SimulatedRun['final']>): SimulatedRun {
  return { operations: run.operations, final: { ...run.final, ...change } };
}

function replace(run: SimulatedRun, old: Operation, op: Action): SimulatedRun {
  const operations = run.operations.map((operation) =>
    operation === old ? { ...operation, op } : operation,
  );
  return { operations, final: run.final };
}

const ofSet: Readonly<Record<string, Plant>> = {
  'a lost insert': (run, random) => {
    const { key } = pickOk(run, random, 'insert').op;
    const keys = run.final.keys.filter((other) => other !== key);
    return { run: withFinal(run, { keys }), expected: /inserts lost/ };
  },
  'an insert applied twice': (run, random) => {
    const { key } = pickOk(run, random, 'insert').op;
    return { run: withFinal(run, { keys: [...run.final.keys, key] }), expected: /present twice/ };
  },
  'a key that nobody inserted': (run) => ({
    run: withFinal(run, { keys: [...run.final.keys, 1_000_000_000] }),
    expected: /phantom keys/,
  }),
  'a key whose client was told that it failed': (run, random) => {
    const failed = run.operations.filter(
      ({ op, outcome }) => op.kind === 'insert' && outcome === 'fail',
    );
    const { op } = random.pick(failed);
    const key = op.kind === 'insert' ? op.key : -1;
    return { run: withFinal(run, { keys: [...run.final.keys, key] }), expected: /phantom keys/ };
  },
};

const ofCounters: Readonly<Record<string, Plant>> = {
  'a counter that lost an acknowledged increment': (run) => {
    const { counter } = pickBusiest(run);
    const acknowledged = run.operations.filter(
      ({ op, outcome }) => op.kind === 'increment' && op.counter === counter && outcome === 'ok',
    ).length;
    const counters = run.final.counters.map((entry) =>
      entry.counter === counter ? { counter, value: acknowledged - 1 } : entry,
    );
    return { run: withFinal(run, { counters }), expected: /below their acknowledged/ };
  },
  'a counter with an increment applied twice': (run) => {
    const { counter } = pickBusiest(run);
    const begun = run.operations.filter(
      ({ op, outcome }) => op.kind === 'increment' && op.counter === counter && outcome !== 'fail',
    ).length;
    const counters = run.final.counters.map((entry) =>
      entry.counter === counter ? { counter, value: begun + 1 } : entry,
    );
    return { run: withFinal(run, { counters }), expected: /above all their increments/ };
  },
  'a stale read of the own counter': (run, random) => plantRead(run, random, -1),
  'a read from the future': (run, random) => plantRead(run, random, +1),
  'reads of the own counter that go backwards': (run) => {
    // Nothing is acknowledged, so the reads alone contradict each other.
    const process = 0;
    const at = Math.max(...run.operations.map((operation) => operation.completedAtNs ?? 0)) + 1_000;
    const base = run.final.counters.find(({ counter }) => counter === process)?.value ?? 0;
    const later = (index: number): { invokedAtNs: number; completedAtNs: number } => ({
      invokedAtNs: at + index * 1_000,
      completedAtNs: at + index * 1_000 + 500,
    });
    const read = (index: number, value: number): Operation => ({
      process,
      op: { kind: 'read-counters', values: [{ counter: process, value }] },
      outcome: 'ok',
      ...later(index),
    });
    const unknown: Operation = {
      process,
      op: { kind: 'increment', counter: process },
      outcome: 'unknown',
      ...later(0),
    };
    const operations = [...run.operations, unknown, read(1, base + 1), read(2, base)];
    return { run: { operations, final: run.final }, expected: /miss the reader's own writes/ };
  },
};

function pickBusiest(run: SimulatedRun): { counter: number } {
  return [...run.final.counters].sort((a, b) => b.value - a.value)[0]!;
}

/** Moves one process' read of its own counter out of what is possible. */
function plantRead(run: SimulatedRun, random: Random, direction: -1 | 1): Planted {
  const own = run.operations.filter(
    ({ op, process }) =>
      op.kind === 'read-counters' && op.values?.some(({ counter }) => counter === process) === true,
  );
  const read = random.pick(own.slice(Math.floor(own.length / 2)));
  const ends = read.completedAtNs ?? 0;
  const { process } = read;
  const increments = run.operations.filter(
    ({ op }) => op.kind === 'increment' && op.counter === process,
  );
  const acknowledged = increments.filter(
    (one) => one.outcome === 'ok' && (one.completedAtNs ?? 0) < read.invokedAtNs,
  ).length;
  const begun = increments.filter((one) => one.outcome !== 'fail' && one.invokedAtNs < ends).length;
  const value = direction < 0 ? acknowledged - 1 : begun + 1;
  const planted = replace(run, read, {
    kind: 'read-counters',
    values: [{ counter: process, value }],
  });
  return { run: planted, expected: /miss the reader's own writes/ };
}

const ofBank: Readonly<Record<string, Plant>> = {
  'a read in the middle of a transfer': (run, random) => {
    const read = pickOk(run, random, 'read-balances');
    const balances = (read.op.balances ?? []).map((n, index) => (index === 0 ? n - 3 : n));
    return {
      run: replace(run, read, { kind: 'read-balances', balances }),
      expected: /wrong sum/,
    };
  },
  'a transfer that reached only one account': (run) => {
    const balances = run.final.bank.balances.map((n, index) => (index === 1 ? n + 2 : n));
    const bank = { ...run.final.bank, balances };
    return { run: withFinal(run, { bank }), expected: /final sum/ };
  },
  'a lost transfer': (run, random) => {
    const { transfer } = pickOk(run, random, 'transfer').op;
    const ledger = run.final.bank.ledger.filter(({ key }) => key !== transfer.key);
    const balances = [...run.final.bank.balances];
    balances[transfer.from]! += transfer.amount;
    balances[transfer.to]! -= transfer.amount;
    return { run: withFinal(run, { bank: { balances, ledger } }), expected: /transfers lost/ };
  },
  'an altered transfer': (run, random) => {
    const { transfer } = pickOk(run, random, 'transfer').op;
    const ledger = run.final.bank.ledger.map((row) =>
      row.key === transfer.key ? { ...row, amount: row.amount + 1 } : row,
    );
    const bank = { ...run.final.bank, ledger };
    return { run: withFinal(run, { bank }), expected: /altered transfers/ };
  },
};

const ofMembers: Readonly<Record<string, Plant>> = {
  'a replica with one row too few': (run, random) => {
    const { keys } = run.final;
    const missing = random.integer(0, keys.length - 1);
    return { run: withReplica(run, (index) => index !== missing), expected: /demo-2 differs/ };
  },
  'a replica that nobody could read': (run) => {
    const replicas = run.final.replicas.slice(0, 1);
    const unread = [{ member: 'demo-2', why: 'it is offline' }];
    return { run: withFinal(run, { replicas, unread }), expected: /demo-2 could not be compared/ };
  },
  'a replica without the table': (run) => {
    const replicas = [run.final.replicas[0]!, { member: 'demo-2', tables: [] }];
    return { run: withFinal(run, { replicas }), expected: /demo-2 differs/ };
  },
};

function withReplica(run: SimulatedRun, keep: (index: number) => boolean): SimulatedRun {
  const digester = new TableDigester('entries');
  run.final.keys.forEach((key, index) => {
    if (keep(index)) digester.add([index + 1, key]);
  });
  const replicas = [run.final.replicas[0]!, { member: 'demo-2', tables: [digester.finish()] }];
  return withFinal(run, { replicas });
}

/** Every kind of damage, by its name. */
export const PLANTS: Readonly<Record<string, Plant>> = {
  ...ofSet,
  ...ofCounters,
  ...ofBank,
  ...ofMembers,
};
