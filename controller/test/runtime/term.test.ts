import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LeadershipLostError, Term } from '../../src/runtime/leader/term.ts';
import { ManualClock } from '../support/manual-clock.ts';

function aTerm(clock: ManualClock): Term {
  return new Term({ clock, renewDeadlineMs: 10_000, sentAt: clock.now() });
}

describe('a term', () => {
  it('ends by itself when it is not renewed, counted from when the renewal was sent', () => {
    const clock = new ManualClock();
    const term = aTerm(clock);
    const sentAt = clock.now();
    clock.advance(4_000);
    assert.ok(term.renewed(sentAt + 1_000));
    clock.advance(6_999);
    assert.ok(term.isHeld);
    assert.equal(term.remainingMs(), 1);
    clock.advance(1);
    assert.ok(term.signal.reason instanceof LeadershipLostError);
    assert.equal(term.remainingMs(), 0);
    assert.equal(clock.timerCount, 0);
  });

  it('is over after a pause of the process, before any timer has run', () => {
    const clock = new ManualClock();
    const term = aTerm(clock);
    clock.pause(60_000);
    assert.ok(!term.signal.aborted, 'no timer has run yet');
    assert.throws(() => term.assertHeld(), LeadershipLostError);
    assert.ok(term.signal.aborted);
  });

  it('is not brought back to life by a renewal that comes too late', () => {
    const clock = new ManualClock();
    const term = aTerm(clock);
    const sentAt = clock.now() + 9_999;
    clock.pause(10_000);
    assert.ok(!term.renewed(sentAt));
    assert.ok(!term.isHeld);
  });

  it('ends at once when it is told to, with the reason', () => {
    const clock = new ManualClock();
    const term = aTerm(clock);
    term.end('you hold the lease');
    assert.throws(() => term.assertHeld(), /you hold the lease/);
    assert.equal(clock.timerCount, 0);
  });
});
