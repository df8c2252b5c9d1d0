import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FastFailover } from '#src/driver/fast-failover';
import { FakeClock } from './fake-clock.ts';

function aFailover() {
  const clock = new FakeClock();
  const seen = { campaigns: 0, leader: false };
  const failover = new FastFailover({
    clock,
    jitterMs: 30,
    handicapMs: 0,
    random: () => 0.5,
    leaderKnown: () => seen.leader,
    campaign: () => {
      seen.campaigns += 1;
    },
  });
  return { clock, seen, failover };
}

describe('after the connection to the leader broke', () => {
  it('this node stands at once, and again while nobody leads', () => {
    const { clock, seen, failover } = aFailover();
    failover.start();
    clock.advance(15);
    assert.equal(seen.campaigns, 1);
    clock.advance(120);
    assert.equal(seen.campaigns, 3);
  });

  it('it leaves another the time to win that it has given its vote', () => {
    const { clock, seen, failover } = aFailover();
    failover.start();
    clock.advance(10);
    failover.yield();
    clock.advance(100);
    failover.yield();
    clock.advance(149);
    assert.equal(seen.campaigns, 0, 'it would depose the one that it has just elected');
    clock.advance(1);
    assert.equal(seen.campaigns, 1, 'the other did not win: it is its turn again');
  });

  it('a vote that has nothing to do with a broken connection starts nothing', () => {
    const { clock, seen, failover } = aFailover();
    failover.yield();
    clock.advance(10_000);
    assert.equal(seen.campaigns, 0);
  });

  it('nothing goes on when a leader is known, or when it is stopped, or after five seconds', () => {
    const known = aFailover();
    known.failover.start();
    known.seen.leader = true;
    known.clock.advance(10_000);
    assert.deepEqual([known.seen.campaigns, known.clock.pending], [0, 0]);
    const stopped = aFailover();
    stopped.failover.start();
    stopped.failover.stop();
    stopped.failover.yield();
    assert.equal(stopped.clock.pending, 0);
    const long = aFailover();
    long.failover.start();
    long.clock.advance(60_000);
    assert.equal(long.clock.pending, 0);
  });
});
