import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { PromiseAnswer } from '@radondb/api';
import { Cluster } from '../../src/cluster.ts';
import { Coordinator, type CoordinatorDeps } from '../../src/coordinator.ts';
import type { ClusterEntry } from '../../src/core/cluster-log.ts';
import { HealthTable } from '../../src/health-table.ts';
import type { Peers } from '../../src/ports.ts';
import { aHealth, elect, found, gtids, open, revoke, uuid } from '../core/builders.ts';
import {
  aConfig,
  afterSomeTicks,
  CLOCK,
  eventually,
  FakeRaft,
  OPEN_UNDER_A,
  SILENT,
} from './fakes/a-member.ts';

function anAnswer(member: string, epoch: number, content = '1:1-9'): PromiseAnswer {
  return {
    member,
    epoch,
    content: gtids(content).toString(),
    executed: gtids(content).toString(),
    purged: '',
    serverUuid: uuid('ABC'.indexOf(member) + 1),
    amnesiac: false,
    whole: true,
    clonedSince: false,
    lastPrimaryEpoch: null,
    source: 'live',
    candidate: true,
    reason: null,
    priority: 0,
  };
}

interface Led {
  readonly raft: FakeRaft;
  readonly cluster: Cluster;
  readonly health: HealthTable;
  /** What each member answers to the question for a promise. */
  readonly answers: Map<string, (epoch: number) => Promise<PromiseAnswer>>;
  readonly asked: string[];
  proposed(kind: ClusterEntry['kind']): number;
}

/** B leads; everybody is connected and reports. */
function aLeader(t: TestContext, log: readonly ClusterEntry[] = OPEN_UNDER_A): Led {
  const cluster = new Cluster({ clock: CLOCK, log: SILENT });
  const raft = new FakeRaft(cluster);
  cluster.attach(raft);
  raft.commit(...log);
  raft.role = 'leader';
  raft.peers = [1, 2, 3].map((id) => ({ id, connected: true, lastActiveAgoMs: 10 }));
  const health = new HealthTable(CLOCK);
  const answers = new Map<string, (epoch: number) => Promise<PromiseAnswer>>();
  for (const member of ['A', 'B', 'C']) {
    health.hear(aHealth({ member, serving: member === 'A' ? 1 : null }));
    answers.set(member, async (epoch) => anAnswer(member, epoch));
  }
  const asked: string[] = [];
  const answer = async (member: string, epoch: number): Promise<PromiseAnswer> => {
    asked.push(`${member} ${epoch}`);
    const give = answers.get(member);
    if (give === undefined) throw new Error('does not answer');
    return await give(epoch);
  };
  const deps: CoordinatorDeps = {
    config: aConfig('B'),
    peers: {
      promise: async (member: string, { epoch }: { epoch: number }) => await answer(member, epoch),
    } as unknown as Peers,
    promiseHere: async (epoch) => await answer('B', epoch),
    clock: CLOCK,
    log: SILENT,
    ...{ cluster, raft, health },
  };
  cluster.markCaughtUp();
  const coordinator = new Coordinator(deps);
  const end = new AbortController();
  const running = coordinator.run(end.signal);
  t.after(async () => {
    end.abort();
    await running;
  });
  const proposed = (kind: ClusterEntry['kind']): number =>
    raft.proposed.filter((e) => e.kind === kind).length;
  return { raft, cluster, health, answers, asked, proposed };
}

suite('the raft leader', () => {
  test('revokes at once when the primary reports that its mysqld exited, collects promises, and proposes who holds everything', async (t) => {
    const { health, raft, cluster, answers } = aLeader(t);
    answers.delete('A');
    answers.set('B', async (epoch) => anAnswer('B', epoch, '1:1-8'));
    health.hear(aHealth({ sequence: 2, mysqld: 'exited' }));
    await eventually('elected', () => cluster.state.phase === 'elected');
    const entry = raft.proposed.find((e) => e.kind === 'elect');
    assert.deepEqual(entry?.kind === 'elect' ? [entry.primary, entry.base] : [], [
      'C',
      gtids('1:1-9').toString(),
    ]);
  });

  test('does nothing before its log has caught up, and nothing when it leads no more', async (t) => {
    const { health, raft, proposed } = aLeader(t);
    raft.role = 'follower';
    health.hear(aHealth({ sequence: 2, mysqld: 'exited' }));
    await afterSomeTicks(raft);
    assert.equal(proposed('revoke'), 0);
  });

  test('asks again whoever did not answer, and counts no answer of another epoch or of another member (I3)', async (t) => {
    const { answers, cluster, asked } = aLeader(t, [...OPEN_UNDER_A, revoke(2)]);
    answers.delete('A');
    answers.set('B', async () => anAnswer('B', 1));
    answers.set('C', async () => anAnswer('B', 2));
    await eventually('asked twice', () => asked.filter((a) => a === 'A 2').length > 1);
    assert.equal(cluster.state.phase, 'revoked');
    answers.set('B', async (epoch) => anAnswer('B', epoch));
    answers.set('C', async (epoch) => anAnswer('C', epoch));
    await eventually('elected', () => cluster.state.phase === 'elected');
  });

  test('takes no answer that claims to have executed more than it holds', async (t) => {
    const { answers, cluster, asked } = aLeader(t, [...OPEN_UNDER_A, revoke(2)]);
    answers.delete('A');
    answers.set('C', async (epoch) => ({
      ...anAnswer('C', epoch),
      executed: gtids('1:1-99').toString(),
    }));
    await eventually('asked', () => asked.filter((a) => a === 'C 2').length > 1);
    assert.equal(cluster.state.phase, 'revoked');
  });

  test('asks anew for an epoch that another leader has begun', async (t) => {
    const { raft, asked, answers, cluster } = aLeader(t, [...OPEN_UNDER_A, revoke(2)]);
    for (const member of ['A', 'C']) answers.delete(member);
    await eventually('asked for 2', () => asked.includes('C 2'));
    raft.commit(revoke(3));
    await eventually('asked for 3', () => asked.includes('C 3'));
    answers.set('C', async (epoch) => anAnswer('C', epoch));
    await eventually('elected', () => cluster.state.phase === 'elected');
    assert.equal(cluster.state.epoch, 3);
  });

  test('a proposal whose fate is unknown is looked at again, not repeated blindly', async (t) => {
    const { health, raft, proposed, cluster, answers } = aLeader(t);
    for (const member of ['A', 'B', 'C']) answers.delete(member);
    raft.reachable = false;
    health.hear(aHealth({ sequence: 2, mysqld: 'exited' }));
    await eventually('tried', () => proposed('revoke') > 1);
    raft.reachable = true;
    await eventually('revoked', () => cluster.state.epoch === 2);
    const before = proposed('revoke');
    await afterSomeTicks(raft);
    assert.equal(proposed('revoke'), before, 'epoch 2 is revoked: there is nothing to repeat');
  });

  test('founds a cluster that nobody has founded', async (t) => {
    const { cluster } = aLeader(t, []);
    await eventually('founded', () => cluster.state.clusterId === 'c');
    assert.deepEqual(cluster.state.config.voters, ['A', 'B', 'C']);
  });

  test('leaves a healthy cluster alone', async (t) => {
    const { proposed, raft } = aLeader(t, [
      found('A', 'B', 'C'),
      revoke(1),
      elect(1, 'A'),
      open(1),
    ]);
    await afterSomeTicks(raft);
    assert.deepEqual([proposed('revoke'), proposed('elect')], [0, 0]);
  });
});
