import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailoverRecord, MysqlReport } from '@radondb/api';
import { createAgentMetrics } from '../../src/metrics/agent-metrics.ts';
import { monitorEventLoop } from '../../src/metrics/event-loop.ts';
import { METRICS } from '../../src/metrics/names.ts';
import { aReport } from '../http/a-member.ts';

const mysql: MysqlReport = {
  version: '9.7.4',
  serverUuid: 'u',
  gtidExecuted: '',
  gtidRetrieved: '',
  readOnly: true,
  offline: false,
  connections: 4,
  lagMs: 1_500,
  source: null,
  ioRunning: true,
  sqlRunning: false,
  lastError: null,
  semiSyncSource: false,
  semiSyncReplica: true,
  unsafeCommits: 2,
};

function aFailover(fields: Partial<FailoverRecord>): FailoverRecord {
  return {
    epoch: 1,
    kind: 'failover',
    cause: 'exit',
    from: 'demo-0',
    to: 'demo-1',
    noticedAtMs: 2_000,
    revokedAtMs: 2_010,
    electedAtMs: 2_020,
    openedAtMs: 2_250,
    steps: [],
    ...fields,
  };
}

/** Series and values of an exposition. */
function parse(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

const proxy = { active: 3, accepted: 10, refused: 1, cutOff: 5, waiting: 2 };
const extra = {
  leaderChanges: 2,
  fsyncMs: { p50: 1, p99: 8 },
  leaseRemainingMs: 420,
  acknowledgedCommits: 77,
  mysqldRestarts: 1,
  proxies: { primary: proxy, replicas: { ...proxy, cutOff: 0 } },
};

test('a report is exported in base units', async () => {
  const metrics = createAgentMetrics();
  metrics.update(aReport({ mysql, role: 'replica' }), extra);
  const series = parse(await metrics.text());
  const expected: Record<string, number> = {
    radondb_epoch: 3,
    radondb_primary: 0,
    radondb_open: 1,
    radondb_raft_term: 5,
    radondb_raft_commit_index: 9,
    radondb_raft_leader: 0,
    radondb_raft_leader_changes_total: 2,
    'radondb_raft_fsync_seconds{quantile="0.99"}': 0.008,
    radondb_lease_remaining_seconds: 0.42,
    radondb_semi_sync_unsafe_commits_total: 2,
    radondb_semi_sync_acknowledged_commits_total: 77,
    radondb_replica_lag_seconds: 1.5,
    radondb_receiver_running: 1,
    radondb_applier_running: 0,
    radondb_mysqld_restarts_total: 1,
    'radondb_proxy_connections{proxy="primary"}': 3,
    'radondb_proxy_cut_off_total{proxy="primary"}': 5,
    'radondb_proxy_cut_off_total{proxy="replicas"}': 0,
    'radondb_event_loop_delay_seconds{quantile="0.99"}': 0.002,
    radondb_agent_resident_memory_bytes: 50_000_000,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(series.get(name), value, name);
});

test('every name that is documented is exported, and no other', async () => {
  const metrics = createAgentMetrics();
  const findings = [{ type: 'Errant', status: 'True', reason: 'Void', message: '' }] as const;
  const failovers = [aFailover({})];
  metrics.update(aReport({ mysql, findings, failovers }), extra);
  const exported = new Set([...parse(await metrics.text()).keys()].map((key) => key.split('{')[0]));
  assert.deepEqual(
    [...exported].sort(),
    Object.values(METRICS)
      .map(([name]) => name)
      .sort(),
  );
});

test('totals are taken over, not added up, at each scrape', async () => {
  const metrics = createAgentMetrics();
  for (let i = 0; i < 3; i++) metrics.update(aReport({ mysql }), extra);
  const series = parse(await metrics.text());
  assert.equal(series.get('radondb_proxy_accepted_total{proxy="primary"}'), 10);
  assert.equal(series.get('radondb_semi_sync_unsafe_commits_total'), 2);
});

test('what is unknown is absent, not zero', async () => {
  const metrics = createAgentMetrics();
  metrics.update(aReport({ mysql }), extra);
  metrics.update(aReport({ mysql: null }), { leaseRemainingMs: null });
  const series = parse(await metrics.text());
  assert.equal(series.get('radondb_mysqld_up'), 0);
  for (const name of ['replica_lag_seconds', 'receiver_running', 'lease_remaining_seconds']) {
    assert.equal(series.has(`radondb_${name}`), false, name);
  }
});

test('each failover counts once, by kind, and earlier lives are not counted again', async () => {
  const metrics = createAgentMetrics();
  const before = aFailover({ epoch: 1, kind: 'bootstrap', openedAtMs: 500 });
  const first = aFailover({ epoch: 2 });
  const underWay = aFailover({ epoch: 3, kind: 'switchover', openedAtMs: null });
  const report = (...failovers: FailoverRecord[]) => aReport({ startedAtMs: 1_000, failovers });
  metrics.update(report(before, first));
  metrics.update(report(before, first, underWay));
  let series = parse(await metrics.text());
  assert.equal(series.get('radondb_failovers_total{kind="bootstrap"}'), 0);
  assert.equal(series.get('radondb_failovers_total{kind="failover"}'), 1);
  assert.equal(series.get('radondb_failovers_total{kind="switchover"}'), 0);
  assert.equal(series.get('radondb_last_failover_seconds{kind="failover"}'), 0.25);
  metrics.update(report(first, { ...underWay, openedAtMs: 2_040 }));
  series = parse(await metrics.text());
  assert.equal(series.get('radondb_failovers_total{kind="switchover"}'), 1);
  assert.equal(series.get('radondb_last_failover_seconds{kind="switchover"}'), 0.04);
  assert.equal(series.has('radondb_last_failover_seconds{kind="failover"}'), false);
});

test('a condition that is gone is no longer exported', async () => {
  const metrics = createAgentMetrics();
  const finding = { type: 'Errant', status: 'True', reason: 'Void', message: 'm' } as const;
  metrics.update(aReport({ findings: [finding] }));
  const name = 'radondb_condition{type="Errant",reason="Void"}';
  assert.equal(parse(await metrics.text()).get(name), 1);
  metrics.update(aReport());
  assert.equal(parse(await metrics.text()).has(name), false);
});

test('a blocked event loop shows in the 99th percentile', async () => {
  const monitor = monitorEventLoop();
  const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
  try {
    const deadline = Date.now() + 10_000;
    // Each round blocks for longer than the monitor's interval; it has to see one of them.
    while (monitor.p99Ms() < 20) {
      assert.ok(Date.now() < deadline, 'the monitor never saw a blocked loop');
      await turn();
      const end = performance.now() + 60;
      while (performance.now() < end);
    }
  } finally {
    monitor.close();
  }
});
