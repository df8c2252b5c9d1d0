import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyQueue } from '../../src/runtime/queue/key-queue.ts';
import { randomFrom, seedOf } from '../support/random.ts';

function aQueue(): KeyQueue {
  return new KeyQueue({ backoff: { baseMs: 100, maxMs: 10_000 }, random: () => 1 });
}

describe('the key queue', () => {
  it('holds a key once, in the order in which the keys came', () => {
    const queue = aQueue();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key, 0);
    const taken = [queue.take(5), queue.take(5), queue.take(5), queue.take(5)];
    assert.deepEqual(
      taken.map((each) => each?.key),
      ['a', 'b', 'c', undefined],
    );
    assert.equal(taken[0]?.waitedMs, 5);
  });

  it('keeps a key that was added while it was worked on for after that, behind the others', () => {
    const queue = aQueue();
    queue.add('a', 0);
    queue.take(0);
    queue.add('a', 1);
    queue.add('b', 2);
    assert.equal(queue.take(3)?.key, 'b');
    assert.equal(queue.take(3), undefined);
    queue.succeeded('a');
    assert.deepEqual(queue.take(4), { key: 'a', waitedMs: 3, failures: 0 });
  });

  it('keeps the earlier of two plans; an event now replaces both', () => {
    const queue = aQueue();
    queue.addAfter('a', 500, 0);
    queue.addAfter('a', 100, 0);
    queue.addAfter('a', 900, 0);
    assert.equal(queue.nextDueMs(0), 100);
    assert.equal(queue.take(99), undefined);
    queue.add('a', 99);
    assert.equal(queue.take(99)?.key, 'a');
    queue.succeeded('a');
    assert.equal(queue.nextDueMs(99), undefined);
  });

  it('lets a failing key wait longer each time, and forgets that after a success', () => {
    const queue = aQueue();
    let now = 0;
    for (const expectedMs of [100, 200, 400, 800]) {
      queue.add('a', now);
      now += queue.nextDueMs(now) ?? 0;
      assert.equal(queue.take(now)?.key, 'a');
      assert.equal(queue.failed('a', now), expectedMs);
      now += expectedMs;
    }
    assert.equal(queue.take(now)?.failures, 4);
    queue.succeeded('a');
    queue.add('a', now);
    assert.equal(queue.take(now)?.failures, 0);
  });

  it('does not let events that a failing key makes itself turn it into a loop', () => {
    const queue = aQueue();
    let runs = 0;
    for (let now = 0; now <= 10_000; now += 10) {
      queue.add('a', now);
      if (queue.take(now) === undefined) continue;
      runs += 1;
      queue.failed('a', now);
    }
    assert.ok(runs <= 15, `${runs} runs in ten seconds`);
    assert.ok(runs >= 9, 'an event still brings it back within a second');
  });

  it('waits at least as long as the server asked for', () => {
    const queue = aQueue();
    queue.add('a', 0);
    queue.take(0);
    assert.equal(queue.failed('a', 0, 5_000), 5_000);
    assert.equal(queue.nextDueMs(0), 5_000);
  });

  it('never hands out a key twice at once, never loses one, and starves none', () => {
    const seed = seedOf('key queue');
    for (let round = 0; round < 300; round += 1) runAtRandom(randomFrom(seed + round));
  });
});

function runAtRandom(random: () => number): void {
  const queue = aQueue();
  const running = new Set<string>();
  /** Keys that somebody has asked for since they were last taken. */
  const wanted = new Set<string>();
  let now = 0;
  const take = (): void => {
    const taken = queue.take(now);
    if (taken === undefined) return;
    assert.ok(!running.has(taken.key), 'two workers on one key');
    assert.ok(wanted.has(taken.key), 'nobody asked for it');
    running.add(taken.key);
    wanted.delete(taken.key);
  };
  for (let step = 0; step < 200; step += 1) {
    const key = String(Math.floor(random() * 6));
    const act = Math.floor(random() * 5);
    now += random() * 500;
    if (act === 0) queue.add(key, now);
    if (act === 1) queue.addAfter(key, random() * 500, now);
    if (act <= 1) wanted.add(key);
    if (act === 2) take();
    if (act === 3 && running.delete(key)) queue.succeeded(key);
    if (act === 4 && running.delete(key)) {
      queue.failed(key, now);
      wanted.add(key);
    }
  }
  for (const key of running) queue.succeeded(key);
  running.clear();
  for (let left = 0; left < 20; left += 1) {
    now += 20_000;
    take();
  }
  assert.deepEqual([...wanted], [], 'a key was lost');
}
