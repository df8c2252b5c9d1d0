import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SwitchoverAnswer } from '@radondb/api';
import { elect, gtids, open, revoke } from '../core/builders.ts';
import { aMember, eventually, type Harness, OPEN_UNDER_A } from './fakes/a-member.ts';

function inSync(executed: string): never {
  const mysql = {
    ioRunning: true,
    sqlRunning: true,
    lagMs: 0,
    gtidExecuted: gtids(executed).toString(),
  };
  return { member: 'C', state: 'following', why: '', mysql } as never;
}

/** B serves epoch 2; C is in sync with it. */
async function aPrimaryWithAReplica(t: Parameters<typeof aMember>[0]): Promise<Harness> {
  const harness = await aMember(t, { log: [...OPEN_UNDER_A, revoke(2)] });
  await harness.rests('closed');
  harness.raft.commit(elect(2, 'B', '1:1-9'));
  await harness.rests('primary');
  harness.reports.set('C', inSync(`1:1-9 2:1-200`));
  return harness;
}

function toC({ member }: Harness): Promise<SwitchoverAnswer> {
  return member.switchover({ to: 'C', timeoutMs: 5_000 }, AbortSignal.timeout(5_000));
}

suite('a switchover', () => {
  test('shuts clients out, waits for quiet, denies writes, looks at the target, and only then revokes; mysqld is not killed', async (t) => {
    const harness = await aPrimaryWithAReplica(t);
    const { raft, journal, server, ask, file } = harness;
    journal.length = 0;
    const done = toC(harness);
    await eventually('revoked', () => raft.proposed.some((e) => e.kind === 'revoke'));
    const order = ['longTransactions', 'shut', 'isQuiet', 'denyWrites'].map((v) =>
      journal.lastIndexOf(v),
    );
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      journal.join('; '),
    );
    const answer = await ask(3);
    assert.equal(answer.source, 'live');
    assert.equal(file.record.inService, null);
    raft.commit(elect(3, 'C', `1:1-9 2:1-200`), open(3, '3:1'));
    assert.deepEqual([(await done).from, (await done).to, (await done).epoch], ['B', 'C', 3]);
    await eventually('follows C', () => server.receiver?.source.endsWith(':3') === true);
    assert.equal(server.said('kill'), 0);
  });

  test('to a replica that lags is not begun before it has caught up: clients write on meanwhile', async (t) => {
    const harness = await aPrimaryWithAReplica(t);
    const { raft, server, journal } = harness;
    harness.reports.set('C', inSync('1:1-9'));
    const asked = t.mock.method(harness.reports, 'get');
    journal.length = 0;
    const done = toC(harness).catch(() => undefined);
    await eventually('looks at the target', () => journal.includes('content'));
    await eventually('asks on', () => asked.mock.callCount() > 3);
    assert.ok(!journal.includes('shut') && !server.offline && !server.readOnly);
    harness.reports.set('C', inSync('1:1-9 2:1-200'));
    await eventually('revoked', () => raft.proposed.some((e) => e.kind === 'revoke'));
    raft.commit(elect(3, 'C', '1:1-9 2:1-200'), open(3, '3:1'));
    await done;
  });

  test('is taken back when a commit stays in doubt: the primary is writable and open again, in the same epoch', async (t) => {
    const harness = await aPrimaryWithAReplica(t);
    const { raft, server, rests } = harness;
    server.waiting = 1;
    await assert.rejects(toC(harness), /in doubt/);
    await rests('primary');
    await eventually('open', () => !server.offline && !server.readOnly);
    assert.equal(raft.proposed.filter((e) => e.kind === 'revoke').length, 0);
  });

  test('that is taken back leaves no read-only primary, also when the first attempt to make it writable fails', async (t) => {
    const harness = await aPrimaryWithAReplica(t);
    const { server } = harness;
    const { shut } = server.sql;
    server.sql.shut = async (deadlineMs) => {
      harness.reports.set('C', inSync('1:1-9'));
      await shut(deadlineMs);
    };
    const allow = server.sql.allowWrites;
    let attempts = 0;
    server.sql.allowWrites = async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('busy');
      await allow();
    };
    await assert.rejects(toC(harness));
    await eventually('writable and open', () => !server.offline && !server.readOnly);
  });

  test('whose revoke may have been lost is taken back; when it was not lost after all, the promise kills (X3)', async (t) => {
    const harness = await aPrimaryWithAReplica(t);
    const { raft, rests, server, ask } = harness;
    const propose = raft.propose.bind(raft);
    raft.propose = async (data) => {
      await propose(data).catch(() => undefined);
      throw new Error('no answer');
    };
    raft.reachable = false;
    await assert.rejects(toC(harness), /no answer/);
    raft.reachable = true;
    await rests('primary');
    raft.commit(revoke(3));
    assert.equal((await ask(3)).source, 'files', 'it wrote since: quiet is proven no more');
    assert.ok(server.said('kill') > 0);
  });

  test('is never taken back after the promise (X3)', async (t) => {
    const harness = await aPrimaryWithAReplica(t);
    const { raft, server, file } = harness;
    const propose = raft.propose.bind(raft);
    raft.propose = async (data) => {
      await propose(data);
      throw new Error('the answer was lost');
    };
    await assert.rejects(toC(harness), /the answer was lost/);
    await eventually('promised', () => file.record.promise === 3);
    assert.ok(server.offline && server.readOnly);
    assert.equal(server.said('open'), 1, 'only at its own opening');
  });

  test('ends when another epoch begins while it waits: a promise does not wait for it', async (t) => {
    const harness = await aPrimaryWithAReplica(t);
    const { raft, server, ask } = harness;
    server.waiting = 1;
    const done = toC(harness);
    const refused = assert.rejects(done, /another epoch/);
    await eventually('waits for quiet', () => server.said('isQuiet') > 0);
    raft.commit(revoke(3));
    assert.equal((await ask(3)).source, 'files');
    await refused;
  });

  test('asked of a member that is primary no more is refused and shuts nobody out', async (t) => {
    const harness = await aPrimaryWithAReplica(t);
    const { raft, reports, server, member, ask } = harness;
    // The plan is made while B is primary; a failover comes before its turn.
    const fit = inSync('1:1-9 2:1-200');
    let asked = false;
    server.sql.longTransactions = async () => [];
    Object.defineProperty(harness.context.peers, 'status', {
      value: async (name: string) => {
        if (!asked) {
          asked = true;
          raft.commit(revoke(3));
          await ask(3);
          raft.commit(elect(3, 'C', '1:1-9 2:1-200'), open(3, '3:1'));
          await eventually('follows C', () => server.receiver?.source.endsWith(':3') === true);
        }
        if (reports.get(name) === undefined) throw new Error('does not answer');
        return fit;
      },
    });
    await assert.rejects(toC(harness), /no more/);
    assert.ok(server.receiver !== null);
    assert.equal(raft.proposed.filter((e) => e.kind === 'revoke').length, 0);
    await eventually('says so', () => member.state !== 'fenced');
  });

  for (const [what, to, why] of [
    ['a member that does not answer', 'A', /A is not in sync/],
    ['a stranger', 'X', /no voter/],
    ['the primary itself', 'B', /primary already/],
  ] as const) {
    test(`to ${what} is refused before anybody is shut out`, async (t) => {
      const { member, server } = await aPrimaryWithAReplica(t);
      const asked = member.switchover({ to, timeoutMs: 1_000 }, AbortSignal.timeout(1_000));
      await assert.rejects(asked, why);
      assert.ok(!server.offline);
    });
  }
});
