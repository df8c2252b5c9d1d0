import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveRaftConfig } from '@radondb/raft';
import type { RaftCore } from '@radondb/raft/core';
import { LeaderLease } from '#src/driver/leader-lease';
import { FakeClock } from './fake-clock.ts';

const leader = (more: object = {}): RaftCore =>
  ({ role: 'leader', leadTransferee: 0, committedInCurrentTerm: () => true, ...more }) as RaftCore;

function aLease() {
  const clock = new FakeClock();
  const config = resolveRaftConfig({ leaseReads: true, fastFailover: false });
  return { clock, lease: new LeaderLease(config, clock) };
}

describe('a lease', () => {
  it('counts from when the quorum was asked, and ends before others may elect', () => {
    const { clock, lease } = aLease();
    clock.advance(1000);
    const askedAt = clock.now();
    clock.advance(300);
    lease.renew(askedAt);
    assert.equal(lease.holds(leader()), true);
    clock.advance(179);
    assert.equal(lease.holds(leader()), true);
    clock.advance(1);
    assert.equal(lease.holds(leader()), false);
  });

  it('is over after a stall of the process, before anything is answered', () => {
    const { clock, lease } = aLease();
    lease.renew(clock.now());
    clock.advance(5000);
    assert.equal(lease.holds(leader()), false);
  });

  it('is none of a node that hands over, does not lead or has committed nothing yet', () => {
    const { clock, lease } = aLease();
    lease.renew(clock.now());
    assert.equal(lease.holds(leader({ leadTransferee: 2 })), false);
    assert.equal(lease.holds(leader({ role: 'follower' })), false);
    assert.equal(lease.holds(leader({ committedInCurrentTerm: () => false })), false);
    lease.end();
    assert.equal(lease.holds(leader()), false);
  });
});
