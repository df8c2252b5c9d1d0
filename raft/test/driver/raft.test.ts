import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestCluster, until } from './cluster.ts';

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
    const started = performance.now();
    await cluster.stop(leader);
    const next = await cluster.leader();
    t.diagnostic(`failover took ${Math.round(performance.now() - started)} ms`);
    await cluster.write(next, 'after');
    await cluster.open(leader);
    await until('the old leader catches up', () => {
      const { entries } = cluster.node(leader).journal;
      return entries.join() === 'before,after';
    });
  });
});
