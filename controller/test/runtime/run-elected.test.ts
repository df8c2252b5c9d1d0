import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createKubeClient } from '../../src/runtime/kube/kube-client.ts';
import {
  LEASE_TIMES,
  runElected,
  WorkNotEndedError,
} from '../../src/runtime/leader/run-elected.ts';
import { LEASES } from '../../src/runtime/resources.ts';
import { silent } from '../support/builders.ts';
import { Candidate, holderOf, LEASE, settle } from '../support/candidate.ts';
import { directTransport } from '../support/direct-transport.ts';
import { FakeApiServer } from '../support/fake-api-server.ts';
import { randomFrom, seedOf } from '../support/random.ts';

/** Time passes for all of them, and never do two lead. */
async function pass(ms: number, candidates: readonly Candidate[], stepMs = 500): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    for (const candidate of candidates) await candidate.advance(stepMs);
    const leading = candidates.filter((each) => !each.isPaused && each.isLeading);
    assert.ok(leading.length <= 1, `${leading.map((each) => each.identity).join()} lead at once`);
  }
}

async function aServer(): Promise<FakeApiServer & AsyncDisposable> {
  const server = await FakeApiServer.start();
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

async function end(candidates: readonly Candidate[]): Promise<void> {
  for (const candidate of candidates) {
    candidate.fate = () => 'through';
    if (candidate.isPaused) candidate.resume();
    candidate.stop.abort();
    await candidate.advance(60_000);
  }
  await Promise.all(candidates.map((candidate) => candidate.done));
}

describe('leader election', () => {
  it('lets one of two work, and the other at once when the first stops', async () => {
    await using server = await aServer();
    const a = new Candidate(server, 'a');
    await settle();
    const b = new Candidate(server, 'b');
    await pass(60_000, [a, b]);
    assert.deepEqual([a.terms.length, b.terms.length], [1, 0]);
    assert.deepEqual(b.leaders, ['a']);
    a.turnsToStop = 5;
    a.stop.abort();
    await a.done;
    assert.equal(holderOf(server), '', 'given back');
    await pass(LEASE_TIMES.retryMs * 1.5, [b]);
    assert.ok(b.isLeading, 'without waiting for the end of the lease');
    assert.deepEqual(b.leaders, ['a', '', 'b']);
    await end([b]);
  });

  it('ends a term that cannot be renewed before anybody else can lead', async () => {
    await using server = await aServer();
    const a = new Candidate(server, 'a');
    await settle();
    const b = new Candidate(server, 'b');
    await pass(20_000, [a, b]);
    a.fate = () => 'lost';
    let aEndedAt = 0;
    let bBeganAt = 0;
    for (let now = 100; bBeganAt === 0; now += 100) {
      await pass(100, [a, b], 100);
      if (aEndedAt === 0 && !a.isLeading) aEndedAt = now;
      if (b.isLeading) bBeganAt = now;
      assert.ok(now < 60_000, 'b never leads');
    }
    assert.ok(aEndedAt <= LEASE_TIMES.renewDeadlineMs + 100, `a ended after ${aEndedAt} ms`);
    // The difference is what a write that was under way has for arriving.
    const margin = LEASE_TIMES.leaseDurationMs - LEASE_TIMES.renewDeadlineMs - LEASE_TIMES.retryMs;
    assert.ok(bBeganAt - aEndedAt >= margin, `${bBeganAt - aEndedAt} ms between`);
    await end([a, b]);
  });

  it('counts a term from when the renewal was sent, not from when the answer came', async () => {
    await using server = await aServer();
    const a = new Candidate(server, 'a');
    await settle();
    const b = new Candidate(server, 'b');
    await pass(10_000, [a, b]);
    let answer = (): void => {};
    let isRenewed = false;
    a.answersAfter = ({ verb }) => {
      if (verb !== 'replace') return Promise.resolve();
      isRenewed = true;
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    while (!isRenewed) await pass(100, [a, b], 100);
    await pass(5_000, [a, b]);
    a.fate = () => 'lost';
    answer();
    await settle();
    assert.ok(a.isLeading);
    await pass(LEASE_TIMES.renewDeadlineMs - 5_000, [a, b]);
    assert.ok(!a.isLeading);
    assert.ok(!b.isLeading);
    await end([a, b]);
  });

  it('lets a stopped process write nothing when it goes on', async () => {
    await using server = await aServer();
    const a = new Candidate(server, 'a');
    await settle();
    const b = new Candidate(server, 'b');
    await pass(10_000, [a, b]);
    assert.ok(await a.write());
    a.isPaused = true;
    await pass(30_000, [a, b]);
    assert.ok(b.isLeading);
    assert.ok(await b.write());
    a.resume();
    assert.equal(await a.write(), false, 'before any timer of a has run');
    await pass(30_000, [a, b]);
    assert.equal(await a.write(), false);
    assert.equal(a.terms.length, 1);
    await end([a, b]);
  });

  it('starts a new term after a pause, even when nobody else has led meanwhile', async () => {
    await using server = await aServer();
    const a = new Candidate(server, 'a');
    await pass(5_000, [a]);
    a.isPaused = true;
    await pass(12_000, [a]);
    a.resume();
    assert.equal(await a.write(), false);
    await pass(10_000, [a]);
    assert.equal(a.terms.length, 2);
    assert.ok(await a.write());
    await end([a]);
  });

  it('lives through lost answers, conflicts with itself and a server that is away for a while', async () => {
    await using server = await aServer();
    const a = new Candidate(server, 'a');
    await pass(5_000, [a]);
    for (const fate of ['lost-answer', 'lost'] as const) {
      a.fate = () => fate;
      await pass(6_000, [a]);
      a.fate = () => 'through';
      await pass(6_000, [a]);
    }
    assert.equal(a.terms.length, 1);
    assert.ok(a.isLeading);
    await end([a]);
  });

  it('cares nothing for the wall clock', async () => {
    await using server = await aServer();
    let jumps = 0;
    const wallClock = (): Date => {
      jumps += 1;
      return new Date(jumps % 2 === 0 ? '1999-01-01' : '2049-01-01');
    };
    const a = new Candidate(server, 'a', { wallClock });
    await settle();
    const b = new Candidate(server, 'b', { wallClock });
    await pass(120_000, [a, b], 2_000);
    assert.ok(jumps > 10);
    assert.deepEqual([a.terms.length, b.terms.length], [1, 0]);
    await end([a, b]);
  });

  it('gives way when the lease was given to another or deleted by hand', async () => {
    await using server = await aServer();
    const a = new Candidate(server, 'a');
    await pass(5_000, [a]);
    const client = createKubeClient({ transport: directTransport(server) });
    const { signal } = new AbortController();
    const value = { spec: { holderIdentity: 'somebody', leaseDurationSeconds: 15 } };
    await client.patch(LEASES, LEASE, { type: 'merge', value }, { signal });
    await pass(3_000, [a]);
    assert.ok(!a.isLeading);
    await pass(20_000, [a]);
    assert.ok(a.isLeading, 'somebody did not renew it');
    await client.delete(LEASES, LEASE, { signal });
    await pass(10_000, [a]);
    assert.equal(a.terms.length, 3);
    await end([a]);
  });

  it('ends with the work: gives the lease back and passes its error on', async () => {
    await using server = await aServer();
    const client = createKubeClient({ transport: directTransport(server) });
    const failing = runElected({
      client,
      lease: LEASE,
      identity: 'a',
      stop: new AbortController().signal,
      work: () => Promise.reject(new Error('cannot work')),
      logger: silent,
    });
    await assert.rejects(failing, /cannot work/);
    assert.equal(holderOf(server), '');
  });

  it('says that the process is broken when fenced work does not end', async () => {
    await using server = await aServer();
    const a = new Candidate(server, 'a', { times: { ...LEASE_TIMES, endOfWorkMs: 3_000 } });
    a.turnsToStop = Number.POSITIVE_INFINITY;
    await pass(5_000, [a]);
    a.fate = () => 'lost';
    await pass(20_000, [a]);
    await assert.rejects(a.done, WorkNotEndedError);
    a.turnsToStop = 0;
  });

  it('refuses times with which two could lead', async () => {
    await using server = await aServer();
    const a = new Candidate(server, 'a', {
      times: { ...LEASE_TIMES, renewDeadlineMs: LEASE_TIMES.leaseDurationMs },
    });
    await assert.rejects(a.done, RangeError);
  });

  it('never lets two lead, whatever is lost, paused or restarted', {
    timeout: 120_000,
  }, async () => {
    const seed = seedOf('leader election');
    for (let round = 0; round < 20; round += 1) await runAtRandom(randomFrom(seed + round));
  });
});

async function runAtRandom(random: () => number): Promise<void> {
  await using server = await aServer();
  let candidates = ['a', 'b', 'c'].map((identity) => new Candidate(server, identity));
  let writes = 0;
  for (let step = 0; step < 150; step += 1) {
    const index = Math.floor(random() * candidates.length);
    const chosen = candidates[index];
    assert.ok(chosen !== undefined);
    const dice = random();
    if (dice < 0.1) chosen.isPaused = true;
    else if (dice < 0.25 && chosen.isPaused) chosen.resume();
    else if (dice < 0.35) chosen.fate = () => 'lost';
    else if (dice < 0.4) chosen.fate = () => (random() < 0.5 ? 'lost-answer' : 'through');
    else if (dice < 0.6) chosen.fate = () => 'through';
    else if (dice < 0.63 && !chosen.isPaused) {
      chosen.stop.abort();
      await chosen.advance(30_000);
      await chosen.done;
      candidates = candidates.with(index, new Candidate(server, `${chosen.identity}'`));
    }
    // Whoever believes that it leads writes; the server sees whether it may.
    for (const each of candidates)
      if (!each.isPaused && each.terms.length > 0 && (await attempt(each))) writes += 1;
    await pass(500 + random() * 3_000, candidates);
  }
  for (const each of candidates) {
    each.fate = () => 'through';
    if (each.isPaused) each.resume();
  }
  await pass(40_000, candidates);
  assert.equal(candidates.filter((each) => each.isLeading).length, 1, 'in the end one leads');
  assert.ok(writes > 10, 'somebody got to work');
  await end(candidates);
}

async function attempt(candidate: Candidate): Promise<boolean> {
  try {
    return await candidate.write();
  } catch (error) {
    if (error instanceof Error && error.name === 'ApiUnreachableError') return false;
    throw error;
  }
}
