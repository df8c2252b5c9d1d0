import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AmbiguousError } from '@radondb/raft';
import { Proposals } from '#src/driver/proposals';
import { FakeClock } from './fake-clock.ts';

const SELF = 2;

function aProposal(sentTo: { readonly leader: number; readonly term: number }) {
  const clock = new FakeClock();
  const proposals = new Proposals(clock, SELF, 1000);
  const { key, call } = proposals.open(sentTo, { timeoutMs: 60_000 });
  return { clock, proposals, key, call };
}

const ambiguous = (error: unknown): boolean =>
  error instanceof AmbiguousError && error.reason === 'leader-lost';

describe('a proposal whose leader is lost', () => {
  it('is ambiguous when this node does not have it', async () => {
    const { proposals, call } = aProposal({ leader: 1, term: 4 });
    proposals.leaderIs(0, 5, []);
    await assert.rejects(call.promise, ambiguous);
  });

  it('is certain when this node knows that it is committed, and resolves when it is applied', async () => {
    const { clock, proposals, key, call } = aProposal({ leader: 1, term: 4 });
    proposals.leaderIs(0, 5, [[key, 'committed']]);
    clock.advance(5000);
    proposals.applied(key, { index: 9, term: 4, result: 'done' });
    assert.equal((await call.promise).result, 'done');
  });

  it('waits for the next leader when this node has it, and resolves if that one commits it', async () => {
    const { clock, proposals, key, call } = aProposal({ leader: 1, term: 4 });
    proposals.leaderIs(0, 5, [[key, 'appended']]);
    clock.advance(500);
    proposals.leaderIs(3, 5, [[key, 'appended']]);
    proposals.applied(key, { index: 9, term: 4, result: 'done' });
    assert.equal((await call.promise).result, 'done');
    assert.equal(clock.pending, 0);
  });

  it('is ambiguous when the next leader overwrote it', async () => {
    const { proposals, key, call } = aProposal({ leader: 1, term: 4 });
    proposals.leaderIs(0, 5, [[key, 'appended']]);
    proposals.leaderIs(3, 5, []);
    await assert.rejects(call.promise, ambiguous);
  });

  it('is ambiguous when no leader commits it in time', async () => {
    const { clock, proposals, key, call } = aProposal({ leader: 1, term: 4 });
    proposals.leaderIs(0, 5, [[key, 'appended']]);
    clock.advance(1001);
    await assert.rejects(call.promise, ambiguous);
  });

  it('is ambiguous at once on the leader itself: others may have the entry or not', async () => {
    const { proposals, key, call } = aProposal({ leader: SELF, term: 4 });
    proposals.leaderIs(0, 4, [[key, 'appended']]);
    await assert.rejects(call.promise, ambiguous);
  });
});
