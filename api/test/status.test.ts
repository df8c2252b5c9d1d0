import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MemberReport } from '../src/agent-protocol.ts';
import { computeStatus, type StatusInput } from '../src/status.ts';
import type { MysqlClusterStatus } from '../src/v1/mysql-cluster.ts';
import { validateMysqlCluster } from '../src/validate/mysql-cluster.ts';
import { aCluster, aMemberReport, aMysqlReport } from './builders.ts';

const NOW = '2026-11-22T10:00:00Z';
const LATER = '2026-11-22T10:00:05Z';

const primary = (changes: Partial<MemberReport> = {}): MemberReport =>
  aMemberReport({
    member: 'demo-0',
    role: 'primary',
    state: 'primary',
    why: 'Takes writes.',
    mysql: aMysqlReport({ readOnly: false, lagMs: null, semiSyncSource: true }),
    ...changes,
  });
const replica = (ordinal: number, changes: Partial<MemberReport> = {}): MemberReport =>
  aMemberReport({ member: `demo-${ordinal}`, ...changes });

const reportsOf = (...reports: readonly (MemberReport | string)[]): StatusInput['reports'] =>
  new Map(reports.map((it) => (typeof it === 'string' ? [it, null] : [it.member, it])));

const allUp = (): StatusInput['reports'] => reportsOf(primary(), replica(1), replica(2));

function statusOf(changes: Partial<StatusInput> = {}): MysqlClusterStatus {
  return computeStatus({
    cluster: aCluster(),
    reports: allUp(),
    now: NOW,
    previous: undefined,
    ...changes,
  });
}

/** `Ready=True/AllMembersReady` by type. */
function conditionsOf(status: MysqlClusterStatus): Record<string, string> {
  return Object.fromEntries(
    (status.conditions ?? []).map((it) => [it.type, `${it.status}/${it.reason}`]),
  );
}

const messageOf = (status: MysqlClusterStatus, type: string): string =>
  status.conditions?.find((it) => it.type === type)?.message ?? '';

describe('the status of a cluster', () => {
  it('is good when all members work', () => {
    const status = statusOf({ credentialsSecret: 'demo-credentials' });
    assert.deepEqual(conditionsOf(status), {
      Ready: 'True/AllMembersReady',
      Reconciling: 'False/UpToDate',
      Stalled: 'False/Progressing',
      Available: 'True/PrimaryOpen',
      Redundant: 'True/CanLoseOne',
      ReplicationHealthy: 'True/AllFollowing',
    });
    const { conditions, members, ...rest } = status;
    assert.deepEqual(rest, {
      observedGeneration: 1,
      primary: 'demo-0',
      epoch: 1,
      replicas: 3,
      readyMembers: '3/3',
      endpoints: { primary: '127.0.0.1:6446', replicas: '127.0.0.1:6447' },
      credentialsSecret: 'demo-credentials',
    });
    assert.ok(
      conditions?.every((it) => it.lastTransitionTime === NOW && it.observedGeneration === 1),
    );
    assert.deepEqual(
      members?.map(({ name, role, state }) => `${name} ${role} ${state}`),
      ['demo-0 primary primary', 'demo-1 replica following', 'demo-2 replica following'],
    );
  });

  it('passes its own schema', () => {
    for (const reports of [allUp(), reportsOf('demo-0', 'demo-1', 'demo-2'), reportsOf()]) {
      const status = statusOf({ reports, local: true });
      assert.deepEqual(validateMysqlCluster({ ...aCluster(), status }).problems, []);
    }
  });

  it('keeps a condition’s time until its status changes, whatever its message', () => {
    const before = statusOf();
    const same = statusOf({ previous: before, now: LATER, cluster: aCluster({}, 2) });
    assert.ok(same.conditions?.every((it) => it.lastTransitionTime === NOW));
    assert.ok(same.conditions?.every((it) => it.observedGeneration === 2));
    assert.equal(same.observedGeneration, 2);
    const reports = reportsOf(primary(), replica(1), 'demo-2');
    const worse = statusOf({ previous: before, now: LATER, reports });
    const changed = worse.conditions?.filter((it) => it.lastTransitionTime === LATER);
    assert.deepEqual(
      changed?.map(({ type }) => type),
      ['Ready', 'Reconciling', 'Redundant', 'ReplicationHealthy'],
    );
    assert.deepEqual(statusOf({ previous: before, now: LATER }), before);
  });

  it('says who is away and that the next loss would stop writes', () => {
    const status = statusOf({ reports: reportsOf(primary(), replica(1), 'demo-2') });
    assert.equal(conditionsOf(status)['Available'], 'True/PrimaryOpen');
    assert.equal(conditionsOf(status)['Ready'], 'False/MembersNotReady');
    assert.equal(conditionsOf(status)['Redundant'], 'False/VotersMissing');
    assert.match(messageOf(status, 'Redundant'), /bring back demo-2/);
    assert.equal(status.readyMembers, '2/3');
    assert.deepEqual(status.members?.[2], {
      name: 'demo-2',
      role: 'replica',
      state: 'unreachable',
      why: 'Its agent does not answer: look whether it runs and can be reached.',
      fenced: false,
    });
  });

  it('names the voters to bring back when there is no quorum', () => {
    const fenced = primary({ state: 'fenced', fenced: true, why: 'No lease.' });
    const status = statusOf({ reports: reportsOf(fenced, 'demo-1', 'demo-2') });
    assert.equal(conditionsOf(status)['Available'], 'False/NoQuorum');
    assert.match(messageOf(status, 'Available'), /1 of 3 voters.*2 are needed.*demo-1 or demo-2/);
    assert.equal(status.primary, undefined);
  });

  it('believes the member that knows the latest epoch, not an old primary', () => {
    const log = { ...replica(1).log, epoch: 2, primary: 'demo-1' };
    const reports = reportsOf(primary(), primary({ member: 'demo-1', log }), replica(2, { log }));
    const status = statusOf({ reports });
    assert.equal(status.primary, 'demo-1');
    assert.equal(status.epoch, 2);
    assert.equal(status.readyMembers, '2/3');
    const behind = statusOf({
      previous: status,
      reports: reportsOf(primary(), 'demo-1', 'demo-2'),
    });
    assert.equal(behind.epoch, 2);
  });

  it('tells a failover while it runs, and its length afterwards', () => {
    const log = { ...replica(1).log, epoch: 2, phase: 'elected' as const, primary: 'demo-1' };
    const promoting = replica(1, { log, state: 'promoting', why: 'Draining.' });
    const during = statusOf({ reports: reportsOf('demo-0', promoting, replica(2, { log })) });
    assert.equal(conditionsOf(during)['Available'], 'False/FailoverInProgress');
    assert.match(messageOf(during, 'Available'), /promoting demo-1/);
    const record = {
      epoch: 2,
      kind: 'failover' as const,
      cause: 'mysqld exited',
      from: 'demo-0',
      to: 'demo-1',
      noticedAtMs: 1_000,
      revokedAtMs: 1_010,
      electedAtMs: 1_020,
      openedAtMs: 1_250.4,
      steps: [],
    };
    const bootstrap = { ...record, epoch: 3, kind: 'bootstrap' as const };
    const running = { ...record, epoch: 4, openedAtMs: null };
    const after = statusOf({
      reports: reportsOf(primary(), replica(1, { failovers: [record, bootstrap, running] })),
    });
    assert.deepEqual(after.lastFailover, {
      at: '1970-01-01T00:00:01.250Z',
      from: 'demo-0',
      to: 'demo-1',
      cause: 'mysqld exited',
      unavailableMs: 250,
      lostTransactions: 0,
    });
    assert.deepEqual(statusOf({ previous: after }).lastFailover, after.lastFailover);
  });

  it('is stalled when a member has failed or the spec is not good, and then not reconciling', () => {
    const failed = replica(2, { state: 'failed', why: 'The disk is full: add space.' });
    const status = statusOf({ reports: reportsOf(primary(), replica(1), failed) });
    assert.equal(conditionsOf(status)['Stalled'], 'True/MemberFailed');
    assert.equal(conditionsOf(status)['Reconciling'], 'False/MemberFailed');
    assert.match(messageOf(status, 'Stalled'), /demo-2 is failed: The disk is full: add space/);
    const { problems } = validateMysqlCluster(aCluster({ replicas: 9 }));
    const invalid = statusOf({ problems });
    assert.equal(conditionsOf(invalid)['Stalled'], 'True/InvalidSpec');
    assert.match(messageOf(invalid, 'Stalled'), /spec\.replicas must be 1 to 7 members/);
  });

  it('reports errant transactions and broken replication', () => {
    const errant = statusOf({
      reports: reportsOf(primary(), replica(1), replica(2, { errant: 'x:1' })),
    });
    assert.equal(conditionsOf(errant)['ReplicationHealthy'], 'False/ErrantTransactions');
    assert.equal(errant.members?.[2]?.errant, 'x:1');
    const mysql = aMysqlReport({ sqlRunning: false, lastError: 'Duplicate entry' });
    const broken = statusOf({ reports: reportsOf(primary(), replica(1), replica(2, { mysql })) });
    assert.equal(conditionsOf(broken)['ReplicationHealthy'], 'False/ReplicationError');
    assert.match(messageOf(broken, 'ReplicationHealthy'), /demo-2: Duplicate entry/);
  });

  it('does not count an amnesiac voter as a second copy', () => {
    const reports = reportsOf(primary(), replica(1), replica(2, { amnesiac: true }));
    assert.equal(conditionsOf(statusOf({ reports }))['Redundant'], 'False/VotersMissing');
  });

  it('of one member is ready but not redundant; of five it survives two losses', () => {
    const one = { ...primary().log, voters: ['demo-0'], w: 0 };
    const single = statusOf({
      cluster: aCluster({ replicas: 1 }),
      reports: reportsOf(primary({ log: one })),
    });
    assert.equal(conditionsOf(single)['Ready'], 'True/AllMembersReady');
    assert.equal(conditionsOf(single)['Redundant'], 'False/TooFewMembers');
    assert.equal(conditionsOf(single)['ReplicationHealthy'], 'True/SingleMember');
    const voters = [0, 1, 2, 3, 4].map((ordinal) => `demo-${ordinal}`);
    const log = { ...primary().log, voters, w: 2 };
    const five = statusOf({
      cluster: aCluster({ replicas: 5 }),
      reports: reportsOf(
        primary({ log }),
        ...[1, 2, 3, 4].map((ordinal) => replica(ordinal, { log })),
      ),
    });
    assert.match(messageOf(five, 'Redundant'), /any 2 more members/);
  });

  it('is not ready while members join or leave', () => {
    const status = statusOf({
      cluster: aCluster({ replicas: 1 }),
    });
    assert.equal(conditionsOf(status)['Ready'], 'False/MembershipChanging');
    assert.match(messageOf(status, 'Ready'), /demo-1 leaves, demo-2 leaves/);
    assert.deepEqual(
      status.members?.map(({ name }) => name),
      ['demo-0', 'demo-1', 'demo-2'],
    );
  });

  it('turns findings into conditions, one a type, and cannot be told by them that all is well', () => {
    const finding = {
      type: 'DiskFull',
      status: 'True' as const,
      reason: 'Soon',
      message: 'Add space.',
    };
    const lie = { ...finding, type: 'Ready' };
    const fine = { ...finding, status: 'False' as const, message: 'Fine.' };
    const status = statusOf({
      reports: reportsOf(
        primary({ findings: [fine] }),
        replica(1, { findings: [finding, lie] }),
        replica(2, { findings: [finding] }),
      ),
    });
    assert.equal(conditionsOf(status)['DiskFull'], 'True/Soon');
    assert.equal(messageOf(status, 'DiskFull'), 'demo-1: Add space.; demo-2: Add space.');
    assert.equal(status.conditions?.filter(({ type }) => type === 'Ready').length, 1);
  });

  it('names the processes only where they are on this machine', () => {
    assert.equal(statusOf().members?.[0]?.local, undefined);
    assert.deepEqual(statusOf({ local: true }).members?.[1]?.local, {
      agentPid: 100,
      mysqldPid: 200,
      mysqlPort: 3307,
      mysqlAddress: '127.0.0.1:3307',
      dataDir: '/data',
    });
  });

  it('says what is going on before there is anything', () => {
    const none = statusOf({ reports: reportsOf('demo-0') });
    assert.equal(conditionsOf(none)['Available'], 'False/NoMemberAnswers');
    assert.equal(none.epoch, undefined);
    const log = { ...primary().log, epoch: 0, phase: 'none' as const, primary: null, voters: [] };
    const starting = statusOf({
      reports: reportsOf(replica(0, { log, state: 'starting', why: 'Makes its data.' })),
    });
    assert.equal(conditionsOf(starting)['Available'], 'False/Starting');
    assert.equal(conditionsOf(starting)['Reconciling'], 'True/Starting');
    assert.match(messageOf(starting, 'Available'), /demo-0 is starting: Makes its data/);
  });
});
