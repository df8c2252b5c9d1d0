import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ConfigError, MembershipError, Raft, type RaftConfig } from '@radondb/raft';
import { MemoryLog, MemoryNetwork } from '@radondb/raft/testing';
import { Journal, until } from './cluster.ts';

interface Node {
  readonly raft: Raft;
  readonly journal: Journal;
}

async function inMemory(
  t: TestContext,
  nodes: readonly { readonly witness?: boolean; readonly config?: Partial<RaftConfig> }[],
): Promise<{
  readonly nodes: Node[];
  readonly network: MemoryNetwork;
  readonly logs: MemoryLog[];
}> {
  const network = new MemoryNetwork();
  const members = nodes.map(({ witness = false }, i) => ({
    ...{ id: i + 1, address: `node-${i + 1}`, witness },
  }));
  const started: Node[] = [];
  const logs: MemoryLog[] = [];
  t.after(() => Promise.all(started.map(({ raft }) => raft.close())));
  for (const { id } of members) {
    const journal = new Journal();
    const log = new MemoryLog({ clusterId: 'c', nodeId: id });
    logs.push(log);
    const raft = await Raft.open({
      ...{ id, clusterId: 'c', stateMachine: journal, bootstrap: { members } },
      log,
      transport: network.transport(id),
      config: nodes[id - 1]?.config ?? {},
    });
    started.push({ raft, journal });
  }
  return { nodes: started, network, logs };
}

const leaderOf = (nodes: readonly Node[]): Node | undefined =>
  nodes.find(({ raft }) => raft.status().role === 'leader');

async function aLeader(nodes: readonly Node[]): Promise<Node> {
  await until('a leader', () => leaderOf(nodes) !== undefined);
  return leaderOf(nodes)!;
}

const invalid = (error: unknown): boolean =>
  error instanceof MembershipError && error.reason === 'invalid';

describe('a witness', () => {
  it('makes a quorum with one other member, without the data', async (t) => {
    const { nodes } = await inMemory(t, [{}, {}, { witness: true }]);
    const leader = await aLeader(nodes);
    await leader.raft.propose(Buffer.from('to all'));
    const other = nodes.find((node, i) => node !== leader && i < 2)!;
    await other.raft.close();
    const { result } = await leader.raft.propose(Buffer.from('to two'));
    assert.equal(result, 2);
    const witness = nodes[2]!;
    await witness.raft.read();
    assert.deepEqual(witness.journal.entries, []);
    assert.equal(witness.raft.status().appliedIndex, leader.raft.status().appliedIndex);
    assert.equal(leader.raft.status().members.at(-1)?.witness, true);
  });

  it('never leads, and cannot be told to', async (t) => {
    const { nodes } = await inMemory(t, [{}, {}, { witness: true }]);
    const leader = await aLeader(nodes);
    await assert.rejects(leader.raft.transferLeadership(3), invalid);
    const data = nodes.slice(0, 2);
    await data.find((node) => node !== leader)!.raft.close();
    await nodes[2]!.raft.campaign();
    await leader.raft.propose(Buffer.from('x'));
    await leader.raft.close();
    await until('it has lost its leader', () => nodes[2]!.raft.status().leader === null);
    await nodes[2]!.raft.campaign();
    assert.equal(nodes[2]!.raft.status().role, 'follower');
  });

  it('votes for the member that has the data', async (t) => {
    const { nodes } = await inMemory(t, [{}, {}, { witness: true }]);
    const leader = await aLeader(nodes);
    await leader.raft.propose(Buffer.from('kept'));
    await leader.raft.close();
    const rest = nodes.filter((node) => node !== leader);
    const next = await aLeader(rest);
    await next.raft.propose(Buffer.from('more'));
    assert.deepEqual(next.journal.entries, ['kept', 'more']);
  });

  it('answers what is proposed on it, and is sent no state in a snapshot', async (t) => {
    const config = { snapshotEveryEntries: 10, keepEntries: 2 };
    const { nodes, network } = await inMemory(t, [
      { config },
      { config },
      { config, witness: true },
    ]);
    const leader = await aLeader(nodes);
    for (const id of [1, 2]) network.cut(id, 3);
    for (let i = 0; i < 40; i++) await leader.raft.propose(Buffer.from(`x${i}`));
    await until('the log is compacted', () => leader.raft.status().firstIndex > 20);
    network.heal();
    const witness = nodes[2]!;
    await until('the witness has caught up', () => witness.raft.status().snapshotIndex > 20);
    await until('it follows', () => witness.raft.status().leader !== null);
    const { result } = await witness.raft.propose(Buffer.from('by the witness'));
    assert.equal(result, undefined);
    assert.deepEqual(witness.journal.entries, []);
    await leader.raft.read();
    assert.equal(leader.journal.entries.at(-1), 'by the witness');
  });

  it('stays one, and is never alone', async (t) => {
    const { nodes } = await inMemory(t, [{}, {}, { witness: true }]);
    const { raft } = await aLeader(nodes);
    await assert.rejects(raft.changeMembership([{ op: 'update', id: 3, witness: false }]), invalid);
    await assert.rejects(raft.changeMembership([{ op: 'update', id: 2, witness: true }]), invalid);
    const both = [1, 2].map((id) => ({ op: 'remove' as const, id }));
    await assert.rejects(raft.changeMembership(both), invalid);
    const options = { id: 1, clusterId: 'c', stateMachine: new Journal() };
    await assert.rejects(
      Raft.open({
        ...options,
        log: new MemoryLog({ clusterId: 'c', nodeId: 1 }),
        transport: new MemoryNetwork().transport(1),
        bootstrap: { members: [{ id: 1, address: 'a', witness: true }] },
      }),
      ConfigError,
    );
  });
});

it('a leader whose disk hangs hands over', async (t) => {
  const config = { diskStallMs: 100 };
  const { nodes, logs } = await inMemory(t, [{ config }, { config }, { config }]);
  const leader = await aLeader(nodes);
  await leader.raft.propose(Buffer.from('before'));
  const log = logs[nodes.indexOf(leader)]!;
  let release: () => void = () => undefined;
  const write = log.write.bind(log);
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  log.write = (batch) => hanging.then(() => write(batch));
  const stuck = leader.raft.propose(Buffer.from('stuck here')).catch(() => undefined);
  const rest = nodes.filter((node) => node !== leader);
  const next = await aLeader(rest);
  await next.raft.propose(Buffer.from('after'));
  assert.deepEqual(next.journal.entries, ['before', 'stuck here', 'after']);
  release();
  await stuck;
  await until('the old leader has all', () => leader.journal.entries.length === 3);
});

describe('a priority', () => {
  it('decides who is elected when the logs are alike', async (t) => {
    const low = { config: { priority: 0 } };
    const { nodes } = await inMemory(t, [low, low, { config: { priority: 100 } }]);
    const leader = await aLeader(nodes);
    assert.equal(leader, nodes[2]);
  });

  it('excludes nobody: the last ones left elect one of them', async (t) => {
    const low = { config: { priority: 0 } };
    const { nodes } = await inMemory(t, [low, low, low]);
    const leader = await aLeader(nodes);
    await leader.raft.close();
    await aLeader(nodes.filter((node) => node !== leader));
  });
});

describe('a veto', () => {
  it('keeps a node from standing, until it is lifted', async (t) => {
    const { nodes } = await inMemory(t, [{}]);
    const { raft } = nodes[0]!;
    const lift = raft.vetoCampaign('its data is old', { forMs: 60_000 });
    assert.equal(raft.status().campaignVeto, 'its data is old');
    await raft.campaign();
    assert.equal(raft.status().role, 'follower');
    lift();
    assert.equal(raft.status().campaignVeto, null);
    await aLeader(nodes);
  });

  it('ends by itself, and a later one replaces it', async (t) => {
    const { nodes } = await inMemory(t, [{}]);
    const { raft } = nodes[0]!;
    const lift = raft.vetoCampaign('first', { forMs: 60_000 });
    raft.vetoCampaign('second', { forMs: 20 });
    lift();
    assert.equal(raft.status().campaignVeto, 'second');
    await aLeader(nodes);
    assert.throws(
      () => raft.vetoCampaign('for ever', { forMs: Number.POSITIVE_INFINITY }),
      ConfigError,
    );
  });

  it('leaves its votes alone, and yields to a leader that hands over', async (t) => {
    const { nodes } = await inMemory(t, [{}, {}, {}]);
    const lifts = nodes.slice(1).map(({ raft }) => raft.vetoCampaign('old', { forMs: 60_000 }));
    const leader = await aLeader(nodes);
    assert.equal(leader, nodes[0]);
    await leader.raft.transferLeadership(2);
    assert.equal(nodes[1]!.raft.status().role, 'leader');
    for (const lift of lifts) lift();
  });
});
