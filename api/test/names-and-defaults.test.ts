import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyDefaults, DEFAULT_MYSQL_CLUSTER_SPEC } from '../src/defaults/mysql-cluster.ts';
import { parseDurationMs } from '../src/duration.ts';
import {
  anyServiceName,
  clusterLabels,
  configMapName,
  credentialsSecretName,
  internalSecretName,
  memberName,
  memberNames,
  memberOrdinal,
  membersServiceName,
  primaryServiceName,
  replicasServiceName,
  tlsSecretName,
} from '../src/names.ts';
import { aCluster } from './builders.ts';

describe('defaults', () => {
  it('fill in everything that is absent', () => {
    assert.deepEqual(applyDefaults(aCluster()).spec, DEFAULT_MYSQL_CLUSTER_SPEC);
  });

  it('change nothing that is given, and nothing the second time', () => {
    const cluster = aCluster({
      replicas: 1,
      mysql: { version: '8.4', config: { 'sql-mode': '', max_connections: 0 } },
      ha: { failover: { enabled: false }, durability: 'strict' },
    });
    const before = structuredClone(cluster);
    const complete = applyDefaults(cluster);
    assert.deepEqual(cluster, before);
    assert.deepEqual(complete.spec, {
      ...DEFAULT_MYSQL_CLUSTER_SPEC,
      ...before.spec,
      mysql: { ...DEFAULT_MYSQL_CLUSTER_SPEC.mysql, ...before.spec.mysql },
      ha: { failover: { enabled: false, delay: '0s' }, durability: 'strict' },
    });
    assert.deepEqual(applyDefaults(complete), complete);
  });
});

describe('names', () => {
  it('all begin with the cluster and differ, and the longest fit into a DNS label', () => {
    const cluster = 'd'.repeat(40);
    const names = [
      memberName(cluster, 6),
      primaryServiceName(cluster),
      replicasServiceName(cluster),
      anyServiceName(cluster),
      membersServiceName(cluster),
      credentialsSecretName(cluster),
      internalSecretName(cluster),
      tlsSecretName(cluster),
      configMapName(cluster),
    ];
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^d{40}-[a-z0-9]{1,22}$/);
    assert.equal(clusterLabels(aCluster())['radondb.com/cluster'], 'demo');
  });

  it('of members can be read back', () => {
    assert.deepEqual(memberNames(aCluster(), 2), ['demo-0', 'demo-1']);
    assert.equal(memberOrdinal('demo', memberName('demo', 5)), 5);
    for (const name of ['demo', 'demo-', 'demo-x', 'demo-01', 'other-1', 'demo-1-1']) {
      assert.equal(memberOrdinal('demo', name), undefined);
    }
  });
});

describe('durations', () => {
  it('are milliseconds', () => {
    assert.equal(parseDurationMs('0s'), 0);
    assert.equal(parseDurationMs('1m30s500ms'), 90_500);
    assert.equal(parseDurationMs('2h'), 7_200_000);
    for (const text of ['', '5', '-1s', '1.5s', 's', '1d']) {
      assert.throws(() => parseDurationMs(text), RangeError);
    }
  });
});
