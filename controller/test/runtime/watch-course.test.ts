import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Course,
  NEW_COURSE,
  nextStep,
  type Round,
} from '../../src/runtime/reflector/watch-course.ts';

const TIMES = { backoff: { baseMs: 200, maxMs: 30_000 }, healthyMs: 60_000, minGapMs: 100 };

function round(change: Partial<Round>): Round {
  return { kind: 'watch', end: 'closed', madeProgress: false, livedMs: 5_000, ...change };
}

function after(rounds: readonly Partial<Round>[]): ReturnType<typeof nextStep> {
  let course: Course = NEW_COURSE;
  let step = nextStep(course, round(rounds[0] ?? {}), TIMES, 1);
  for (const change of rounds.slice(1)) {
    course = step.course;
    step = nextStep(course, round(change), TIMES, 1);
  }
  return step;
}

describe('what a reflector does next', () => {
  it('watches on at once after a watch that brought something or lived long', () => {
    for (const change of [{ madeProgress: true }, { livedMs: 240_000 }])
      for (const end of ['closed', 'unreachable'] as const) {
        const step = after([{ ...change, end }]);
        assert.equal(step.next, 'watch');
        assert.equal(step.delayMs, 0);
      }
  });

  it('waits longer with every failure, up to a limit, and starts afresh after progress', () => {
    const failed = { end: 'unreachable' } as const;
    assert.equal(after([failed]).delayMs, 200);
    assert.equal(after([failed, failed]).delayMs, 400);
    assert.equal(after(Array(40).fill(failed)).delayMs, 30_000);
    assert.equal(after([failed, failed, { madeProgress: true }, failed]).delayMs, 200);
  });

  it('does not hammer a server that hangs up at once', () => {
    assert.ok(after([{ livedMs: 1, madeProgress: true }]).delayMs >= 99);
    assert.ok(after([{ livedMs: 1 }, { livedMs: 1 }, { livedMs: 1 }]).delayMs >= 800);
  });

  it('lists again when its place in history is gone or history has changed, not when the server is away', () => {
    assert.equal(after([{ end: 'gone' }]).next, 'list');
    assert.equal(after([{ end: 'went-back' }]).next, 'list');
    assert.equal(after(Array(50).fill({ end: 'unreachable' })).next, 'watch');
    assert.equal(after([{ kind: 'list', end: 'refused' }]).next, 'list');
  });

  it('lists again when the server refuses the watch three times in a row', () => {
    const refused = { end: 'refused' } as const;
    assert.equal(after([refused, refused]).next, 'watch');
    assert.equal(after([refused, refused, refused]).next, 'list');
    assert.equal(after([refused, refused, { end: 'unreachable' }, refused]).next, 'watch');
  });

  it('re-connects after a silence at once, and lists again after a second one', () => {
    const silent = { end: 'silent', livedMs: 90_000, madeProgress: false } as const;
    const short = { ...silent, livedMs: 900 };
    assert.deepEqual(
      [after([short]).next, after([short]).delayMs, after([short, short]).next],
      ['watch', 0, 'list'],
    );
  });

  it('waits as long as the server asks', () => {
    assert.equal(after([{ end: 'refused', retryAfterMs: 7_000 }]).delayMs, 7_000);
  });
});
