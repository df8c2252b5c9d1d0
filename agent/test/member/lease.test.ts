import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Lease } from '../../src/lease.ts';
import type { RaftNode } from '../../src/ports.ts';
import { CLOCK, eventually } from './fakes/a-member.ts';

const LEASE_MS = 200;

function aRaft(read: () => Promise<unknown>): RaftNode {
  return { read } as unknown as RaftNode;
}

suite('the lease (I7)', () => {
  test('is valid from the first answer on, and ends by itself when answers stop; both are told', async (t) => {
    let reachable = true;
    let changes = 0;
    const end = new AbortController();
    const lease = new Lease({ clock: CLOCK, leaseMs: LEASE_MS });
    lease.onChange(() => {
      changes += 1;
    });
    const raft = aRaft(() =>
      reachable ? Promise.resolve() : Promise.reject(new Error('no leader')),
    );
    const kept = lease.keep(raft, () => true, end.signal);
    t.after(async () => {
      end.abort();
      await kept;
    });
    assert.equal(lease.valid, false);
    await eventually('valid', () => lease.valid);
    assert.equal(changes, 1);
    reachable = false;
    await eventually('expired', () => !lease.valid);
    await eventually('told', () => changes >= 2);
  });

  test('counts from the sending of the question: a late answer renews nothing', async (t) => {
    let now = 0;
    const answers: (() => void)[] = [];
    const end = new AbortController();
    const lease = new Lease({
      clock: { monotonicMs: () => now, unixMs: () => now },
      leaseMs: LEASE_MS,
    });
    const kept = lease.keep(
      aRaft(() => new Promise<void>((resolve) => answers.push(resolve))),
      () => true,
      end.signal,
    );
    t.after(async () => {
      for (const answer of answers) answer();
      end.abort();
      await kept;
    });
    await eventually('asked', () => answers.length === 1);
    now = LEASE_MS + 1;
    answers[0]?.();
    await eventually('asked again', () => answers.length === 2);
    assert.equal(lease.valid, false);
    now += LEASE_MS / 2;
    answers[1]?.();
    await eventually('valid', () => lease.valid);
    assert.ok(lease.remainingMs <= LEASE_MS / 2 + 1, String(lease.remainingMs));
  });

  test('is not asked for while nobody wants it', async (t) => {
    let asked = 0;
    let wanted = false;
    let looked = 0;
    const end = new AbortController();
    const lease = new Lease({ clock: CLOCK, leaseMs: 50 });
    const raft = aRaft(async () => {
      asked += 1;
    });
    const kept = lease.keep(
      raft,
      () => {
        looked += 1;
        return wanted;
      },
      end.signal,
    );
    t.after(async () => {
      end.abort();
      await kept;
    });
    await eventually('not wanted a few times', () => looked > 3);
    assert.equal(asked, 0);
    wanted = true;
    await eventually('asked', () => asked > 0);
  });
});
