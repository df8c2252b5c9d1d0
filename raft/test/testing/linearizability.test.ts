import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkLinearizability, type Model, type Operation } from '@radondb/raft/testing';
import fc from 'fast-check';

interface Input {
  readonly key: string;
  readonly write?: number;
}
type Op = Operation<Input, number | null>;

/** Registers that begin empty, which is -1: null would refuse. */
const registers: Model<number, Input, number | null> = {
  initial: -1,
  apply: (state, { write }, output) => {
    if (write !== undefined) return write;
    return output === undefined || (output ?? -1) === state ? state : null;
  },
  key: String,
  part: ({ key }) => key,
};

const write = (value: number, from: number, to: number | null, key = 'x'): Op => ({
  input: { key, write: value },
  invokedAt: from,
  outcome: to === null ? null : { output: null, at: to },
});
const read = (value: number | null, from: number, to: number, key = 'x'): Op => ({
  input: { key },
  invokedAt: from,
  outcome: { output: value, at: to },
});
const check = (...history: Op[]) => checkLinearizability(history, registers);

describe('a history is linearizable', () => {
  it('when its operations follow each other and agree', () => {
    assert.equal(check(read(null, 0, 1), write(1, 2, 3), read(1, 4, 5)), 'linearizable');
  });

  it('when concurrent reads see a write at different times', () => {
    const history = [write(1, 0, 10), read(null, 1, 3), read(1, 4, 6), read(1, 7, 12)];
    assert.equal(check(...history), 'linearizable');
  });

  it('when a write of unknown outcome took effect late, or never', () => {
    assert.equal(check(write(1, 0, null), read(null, 1, 2), read(1, 3, 4)), 'linearizable');
    assert.equal(check(write(1, 0, null), read(null, 5, 6), read(null, 7, 8)), 'linearizable');
  });

  it('whatever order one real register worked in', () => {
    const steps = fc.array(
      fc.record({
        value: fc.option(fc.nat(5), { nil: undefined }),
        before: fc.nat(30),
        after: fc.nat(30),
        lost: fc.boolean(),
      }),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let state: number | null = null;
        const history = list.map(({ value, before, after, lost }, i): Op => {
          const at = 10 * i;
          if (value === undefined) return read(state, at - before, at + after);
          state = value;
          return write(value, at - before, lost ? null : at + after);
        });
        return check(...history) === 'linearizable';
      }),
    );
  });
});

describe('an anomaly is found', () => {
  const anomalies: Record<string, Op[]> = {
    'a stale read': [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)],
    'a lost write': [write(1, 0, 1), read(null, 2, 3)],
    'a value nobody wrote': [write(1, 0, 1), read(7, 2, 3)],
    'a read from the future': [read(1, 0, 1), write(1, 2, 3)],
    'a value that comes back': [
      write(1, 0, 9),
      write(2, 0, 9),
      read(1, 10, 11),
      read(2, 12, 13),
      read(1, 14, 15),
    ],
    'reads that go back in time': [write(1, 0, 20), read(1, 1, 2), read(null, 3, 4)],
    'a write of unknown outcome that is undone': [
      write(1, 0, null),
      read(1, 1, 2),
      read(null, 3, 4),
    ],
    'one key of two': [write(1, 0, 1, 'y'), read(1, 2, 3, 'y'), write(1, 0, 1), read(null, 2, 3)],
  };
  for (const [name, history] of Object.entries(anomalies)) {
    it(name, () => assert.equal(check(...history), 'not-linearizable'));
  }
});

it('the search gives up within its budget instead of running for ever', () => {
  const history = Array.from({ length: 40 }, (_, i) => write(i, 0, 100));
  history.push(read(99, 101, 102));
  assert.equal(checkLinearizability(history, registers, { maxSteps: 1000 }), 'unknown');
});
