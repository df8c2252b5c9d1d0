import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { describe, it } from 'node:test';
import {
  AmbiguousError,
  ClosedError,
  ConfigError,
  MembershipError,
  NotLeaderError,
  Raft,
  type RaftEvent,
  resolveRaftConfig,
} from '@radondb/raft';
import { MemoryLog, MemoryNetwork } from '@radondb/raft/testing';
import { Journal, TestCluster, until } from './cluster.ts';

describe('three nodes over TCP', () => {
  it('elect a leader and apply what any of them proposes everywhere', async (t) => {
    const cluster = await TestCluster.start(t);
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    const first = await cluster.node(leader).raft.propose(Buffer.from('a'));
    const second = await cluster.node(follower).raft.propose(Buffer.from('b'));
    assert.equal(first.result, 1);
    assert.equal(second.result, 2);
    for (const { raft, journal } of cluster.nodes.values()) {
      await raft.read();
      assert.deepEqual(journal.entries, ['a', 'b']);
    }
  });

  it('elect another leader when the leader goes, and lose nothing', async (t) => {
    const cluster = await TestCluster.start(t);
    const leader = await cluster.leader();
    await cluster.write(leader, 'before');
    await cluster.stop(leader);
    const next = await cluster.leader();
    assert.notEqual(next, leader);
    await cluster.write(next, 'after');
    await cluster.open(leader);
    await until('the old leader catches up', () => {
      const { entries } = cluster.node(leader).journal;
      return entries.join() === 'before,after';
    });
  });

  it('do not depose a leader for one broken connection', async (t) => {
    const network = new MemoryNetwork();
    const rafts = await startInMemory(network, 3);
    t.after(() => Promise.all(rafts.map((raft) => raft.close())));
    await until('a leader', () => rafts.some((raft) => raft.status().role === 'leader'));
    const leader = rafts.find((raft) => raft.status().role === 'leader')!.status();
    const follower = (leader.id % 3) + 1;
    const events: RaftEvent[] = [];
    rafts[follower - 1]!.watch((event) => events.push(event));
    network.cut(leader.id, follower);
    await until('the follower asks for pre-votes', () =>
      events.some((event) => event.type === 'leadership' && event.role === 'pre-candidate'),
    );
    network.heal();
    await until('it follows again', () => rafts[follower - 1]!.status().leader === leader.id);
    assert.equal(rafts[leader.id - 1]!.status().role, 'leader');
    assert.equal(rafts[leader.id - 1]!.status().term, leader.term);
  });

  it('move leadership where they are told', async (t) => {
    const cluster = await TestCluster.start(t);
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    await assert.rejects(
      cluster.node(follower).raft.transferLeadership(follower),
      (error: unknown) => error instanceof NotLeaderError && error.leader === leader,
    );
    await cluster.node(leader).raft.transferLeadership(follower);
    assert.equal(await cluster.leader(), follower);
    await cluster.write(leader, 'forwarded');
  });

  it('take in a fourth as learner, then voter, and let the leader go', async (t) => {
    const cluster = await TestCluster.start(t);
    const leader = await cluster.leader();
    for (let i = 0; i < 20; i++) await cluster.write(leader, `x${i}`);
    const transport = await cluster.listen(4);
    await cluster.open(4, { transport, join: true });
    const { raft } = cluster.node(leader);
    const add = { id: 4, address: transport.address, context: 'zone-b' };
    await raft.changeMembership([{ op: 'add-learner', ...add }]);
    await until('the learner has all', () => cluster.node(4).journal.entries.length === 20);
    await raft.changeMembership([{ op: 'add-voter', id: 4 }]);
    assert.deepEqual(raft.status().members.at(-1), {
      id: 4,
      address: transport.address,
      context: 'zone-b',
      voter: true,
    });

    const follower = await cluster.follower();
    await cluster.node(follower).raft.changeMembership([{ op: 'remove', id: leader }]);
    await until('another leads', () => {
      const { leader: now } = cluster.node(follower).raft.status();
      return now !== null && now !== leader;
    });
    await cluster.stop(leader);
    // The fourth may still take the removed one for its leader: what it forwards now would be lost, and ambiguous.
    await cluster.leader();
    await cluster.write(4, 'without the first leader');
    const ids = cluster
      .node(4)
      .raft.status()
      .members.map(({ id }) => id);
    assert.deepEqual(
      ids,
      [1, 2, 3, 4].filter((id) => id !== leader),
    );
  });

  it('replace two members at once through a joint membership', async (t) => {
    const cluster = await TestCluster.start(t);
    const leader = await cluster.leader();
    const [a, b] = [1, 2, 3].filter((id) => id !== leader);
    const transports = [await cluster.listen(4), await cluster.listen(5)];
    for (const [i, transport] of transports.entries()) {
      await cluster.open(4 + i, { transport, join: true });
    }
    await cluster.node(leader).raft.changeMembership([
      { op: 'add-voter', id: 4, address: transports[0]!.address },
      { op: 'add-voter', id: 5, address: transports[1]!.address },
      { op: 'remove', id: a! },
      { op: 'remove', id: b! },
    ]);
    await until('the joint membership is left', () => !cluster.node(leader).raft.status().joint);
    await cluster.stop(a!);
    await cluster.stop(b!);
    await cluster.write(5, 'after');
    await cluster.node(4).raft.read();
    assert.deepEqual(cluster.node(4).journal.entries, ['after']);
  });

  it('refuse a change that makes no sense', async (t) => {
    const cluster = await TestCluster.start(t);
    const { raft } = cluster.node(await cluster.follower());
    const invalid = (error: unknown) =>
      error instanceof MembershipError && error.reason === 'invalid';
    await assert.rejects(raft.changeMembership([]), invalid);
    await assert.rejects(raft.changeMembership([{ op: 'add-voter', id: 9 }]), invalid);
    await assert.rejects(
      raft.changeMembership([1, 2, 3].map((id) => ({ op: 'remove', id }))),
      invalid,
    );
    await cluster.write(1, 'still works');
  });

  it('send a snapshot to a follower that is too late for the log', async (t) => {
    const config = { snapshotEveryEntries: 20, keepEntries: 5 };
    const cluster = await TestCluster.start(t, { config });
    const follower = await cluster.follower();
    await cluster.stop(follower);
    const leader = await cluster.leader();
    for (let i = 0; i < 100; i++) await cluster.write(leader, `x${i}`);
    await until('the log is compacted', () => cluster.node(leader).raft.status().firstIndex > 50);
    await cluster.open(follower);
    await until('the follower has all', () => {
      return cluster.node(follower).journal.entries.length === 100;
    });
    assert.ok(cluster.node(follower).raft.status().snapshotIndex > 50);
    await cluster.stop(follower);
    await cluster.open(follower);
    await cluster.write(follower, 'after another restart');
    assert.equal(cluster.node(follower).journal.entries.length, 101);
  });

  it('come back with everything when all of them restart', async (t) => {
    const cluster = await TestCluster.start(t, { config: { snapshotEveryEntries: 30 } });
    const leader = await cluster.leader();
    for (let i = 0; i < 50; i++) await cluster.write(leader, `x${i}`);
    const { term } = cluster.node(leader).raft.status();
    await cluster.stopAll();
    for (const id of [1, 2, 3]) await cluster.open(id);
    await cluster.leader();
    for (const { raft, journal } of cluster.nodes.values()) {
      await raft.read();
      assert.equal(journal.entries.length, 50);
      assert.ok(raft.status().term > term);
    }
  });

  it('refuse a member whose disk was wiped, until it is removed and added again', async (t) => {
    const cluster = await TestCluster.start(t);
    const leader = await cluster.leader();
    const victim = await cluster.follower();
    await cluster.write(leader, 'kept');
    await cluster.stop(victim);
    await rm(cluster.logDirectory(victim), { recursive: true });
    const events: RaftEvent[] = [];
    cluster.node(leader).raft.watch((event) => events.push(event));
    const { transport } = await cluster.open(victim);
    await until('it is refused', () => events.some(({ type }) => type === 'peer-refused'));
    assert.equal(cluster.node(victim).journal.entries.length, 0);
    assert.notEqual(cluster.node(victim).raft.status().role, 'leader');
    await cluster.stop(victim);

    await cluster.node(leader).raft.changeMembership([{ op: 'remove', id: victim }]);
    await rm(cluster.logDirectory(victim), { recursive: true });
    await cluster.open(victim, { join: true });
    await cluster
      .node(leader)
      .raft.changeMembership([{ op: 'add-voter', id: victim, address: transport.address }]);
    await until('it has all', () => cluster.node(victim).journal.entries.join() === 'kept');
  });
});

describe('a call', () => {
  it('rejects at once when nobody leads, and settles when the leader is lost', async (t) => {
    const cluster = await TestCluster.start(t);
    const leader = await cluster.leader();
    const { raft } = cluster.node(leader);
    for (const id of [1, 2, 3].filter((one) => one !== leader)) await cluster.stop(id);
    const pending = raft.propose(Buffer.from('nobody confirms'));
    await assert.rejects(pending, (error: unknown) => error instanceof AmbiguousError);
    await until('it steps down', () => raft.status().role !== 'leader');
    await assert.rejects(
      raft.propose(Buffer.from('x')),
      (error: unknown) => error instanceof NotLeaderError && error.leader === null,
    );
    await assert.rejects(raft.read(), NotLeaderError);
    assert.equal((await raft.read({ consistency: 'stale' })).index, raft.status().appliedIndex);
  });

  it('settles when its signal aborts, its time is over, or the node closes', async (t) => {
    const cluster = await TestCluster.start(t);
    const leader = await cluster.leader();
    const { raft } = cluster.node(leader);
    const abort = new AbortController();
    const aborted = raft.propose(Buffer.from('a'), { signal: abort.signal });
    abort.abort();
    await assert.rejects(aborted, (error: unknown) => {
      return error instanceof AmbiguousError && error.reason === 'aborted';
    });
    for (const id of [1, 2, 3].filter((one) => one !== leader)) await cluster.stop(id);
    const late = raft.propose(Buffer.from('b'), { timeoutMs: 20 });
    await assert.rejects(late, (error: unknown) => {
      return error instanceof AmbiguousError && error.reason === 'timeout';
    });
    const pending = raft.propose(Buffer.from('c'));
    const closing = cluster.stop(leader);
    await assert.rejects(pending, AmbiguousError);
    await closing;
    await assert.rejects(raft.propose(Buffer.from('d')), ClosedError);
    await assert.rejects(raft.read(), ClosedError);
  });
});

describe('a node', () => {
  it('stops for good when its log fails, and says so', async (t) => {
    const network = new MemoryNetwork();
    const [first] = await startInMemory(network, 1, { failAfter: 6 });
    t.after(() => first!.close());
    await until('it leads', () => first!.status().role === 'leader');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, i) => {
        for (let turn = 0; turn < i; turn++) await new Promise((r) => setImmediate(r));
        return first!.propose(Buffer.from('x'));
      }),
    );
    const failure = await first!.failed;
    assert.equal(failure.code, 'RAFT_FATAL');
    assert.ok(outcomes.some(({ status }) => status === 'rejected'));
    await assert.rejects(first!.propose(Buffer.from('x')), (error: unknown) => error === failure);
  });

  it('serves lease reads without a message while its lease lasts', async (t) => {
    const network = new MemoryNetwork();
    const config = { fastFailover: false, leaseReads: true };
    const rafts = await startInMemory(network, 3, { config });
    t.after(() => Promise.all(rafts.map((raft) => raft.close())));
    await until('a leader', () => rafts.some((raft) => raft.status().role === 'leader'));
    const leader = rafts.find((raft) => raft.status().role === 'leader')!;
    await leader.propose(Buffer.from('x'));
    await leader.read({ consistency: 'lease' });
    const { index } = await leader.read({ consistency: 'lease' });
    assert.equal(index, leader.status().commitIndex);
  });

  it('reports every problem of its configuration at once', () => {
    assert.throws(
      () => resolveRaftConfig({ heartbeatIntervalMs: 0, leaseReads: true, keepEntries: -1 }),
      (error: unknown) => error instanceof ConfigError && error.problems.length === 3,
    );
  });
});

async function startInMemory(
  network: MemoryNetwork,
  count: number,
  options: { readonly failAfter?: number; readonly config?: object } = {},
): Promise<Raft[]> {
  const members = Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    address: `node-${i + 1}`,
  }));
  const rafts: Raft[] = [];
  for (const { id } of members) {
    const log = new MemoryLog({ clusterId: 'c', nodeId: id });
    const { failAfter } = options;
    if (failAfter !== undefined) {
      let writes = 0;
      const write = log.write.bind(log);
      log.write = (batch) => {
        writes += 1;
        return writes > failAfter ? Promise.reject(new Error('EIO')) : write(batch);
      };
    }
    rafts.push(
      await Raft.open({
        id,
        clusterId: 'c',
        log,
        transport: network.transport(id),
        stateMachine: new Journal(),
        bootstrap: { members },
        ...(options.config === undefined ? {} : { config: options.config }),
      }),
    );
  }
  return rafts;
}
