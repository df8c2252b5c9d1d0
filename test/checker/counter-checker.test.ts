import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkCounters } from './counter-checker.ts';
import type { Operation } from './operation.ts';
import { checkSet } from './set-checker.ts';

const WRITER = 1;
const READER = 9;

function increment(at: [number, number | null], outcome: Operation['outcome'] = 'ok'): Operation {
  return {
    process: WRITER,
    op: { kind: 'increment', counter: WRITER },
    invokedAtNs: at[0],
    completedAtNs: at[1],
    outcome,
  };
}

function read(at: [number, number], value: number, process = READER): Operation {
  return {
    process,
    op: { kind: 'read-counters', values: [{ counter: WRITER, value }] },
    invokedAtNs: at[0],
    completedAtNs: at[1],
    outcome: 'ok',
  };
}

const last = (value: number): { counter: number; value: number }[] => [{ counter: WRITER, value }];

describe('reads of a counter', () => {
  it('may see or miss what overlaps them', () => {
    for (const value of [0, 1]) {
      const { anomalies } = checkCounters([increment([10, 20]), read([15, 25], value)], last(1));
      assert.deepEqual(anomalies, []);
    }
  });

  it('are stale when they miss what was acknowledged before, and say since when', () => {
    const operations = [increment([10, 20]), increment([30, 40]), read([100, 110], 1)];
    const { anomalies } = checkCounters(operations, last(2));
    assert.deepEqual(
      anomalies.map(({ kind, expected, own, ageNs }) => ({ kind, expected, own, ageNs })),
      [{ kind: 'stale', expected: 2, own: false, ageNs: 60 }],
    );
  });

  it('are told apart when the reader is the writer', () => {
    const { anomalies } = checkCounters([increment([10, 20]), read([30, 40], 0, WRITER)], last(1));
    assert.deepEqual(
      anomalies.map(({ own }) => own),
      [true],
    );
  });

  it('do not go backwards, even over an increment of unknown outcome', () => {
    const operations = [increment([10, null], 'unknown'), read([20, 30], 1), read([40, 50], 0)];
    const { anomalies } = checkCounters(operations, last(1));
    assert.deepEqual(
      anomalies.map(({ kind }) => kind),
      ['backwards'],
    );
  });

  it('may see an unknown increment late', () => {
    const operations = [increment([10, null], 'unknown'), read([20, 30], 0), read([900, 910], 1)];
    assert.deepEqual(checkCounters(operations, last(1)).anomalies, []);
  });

  it('do not run ahead of what was begun, and a failed increment never happened', () => {
    const operations = [increment([10, 20], 'fail'), increment([30, 40]), read([50, 60], 2)];
    const verdict = checkCounters(operations, last(2));
    assert.deepEqual(
      verdict.anomalies.map(({ kind }) => kind),
      ['ahead'],
    );
    assert.deepEqual(verdict.excess, [{ counter: WRITER, value: 2, possible: 1 }]);
  });
});

describe('the set checker', () => {
  it('refuses a history that attempts a key twice', () => {
    const attempts = [1, 1].map((key) => ({ key, outcome: 'ok' as const }));
    assert.throws(() => checkSet(attempts, [1]), { code: 'INVALID_HISTORY' });
  });
});
