import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { humanDuration } from '../../src/api-server/table/duration.ts';
import { findAll } from '../../src/api-server/table/json-path.ts';

describe('a path', () => {
  const value = {
    a: { 'b.c': 1 },
    list: [
      { type: 'X', v: 1 },
      { type: 'Y', v: 2 },
    ],
    m: { n: [7, 8] },
  };
  it('finds what it names, or nothing', () => {
    assert.deepEqual(findAll(value, '.list[?(@.type=="Y")].v'), [2]);
    assert.deepEqual(findAll(value, '.list[?(@.type!="Y")].v'), [1]);
    assert.deepEqual(findAll(value, '.list[*].v'), [1, 2]);
    assert.deepEqual(findAll(value, ".a['b.c']"), [1]);
    assert.deepEqual(findAll(value, '.a.b\\.c'), [1]);
    assert.deepEqual(findAll(value, '.m.n[1]'), [8]);
    assert.deepEqual(findAll(value, '.m.n[9]'), []);
    assert.deepEqual(findAll(value, '.no.where'), []);
  });
});

describe('an age', () => {
  it('is written as kubectl does', () => {
    const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];
    const cases: [number, string][] = [
      [0, '0s'],
      [119 * second, '119s'],
      [2 * minute + second, '2m1s'],
      [11 * minute + second, '11m'],
      [3 * hour + 5 * minute, '3h5m'],
      [30 * hour, '30h'],
      [3 * day + hour, '3d1h'],
      [400 * day, '400d'],
      [800 * day, '2y70d'],
      [-5 * second, '<invalid>'],
    ];
    for (const [milliseconds, text] of cases) assert.equal(humanDuration(milliseconds), text);
  });
});
