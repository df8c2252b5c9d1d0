import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyDefaults } from '../src/defaults/mysql-cluster.ts';
import { applyDatabaseDefaults } from '../src/defaults/mysql-database.ts';
import { applyUserDefaults } from '../src/defaults/mysql-user.ts';
import { parseQuantity } from '../src/quantity.ts';
import { parseManifest } from '../src/validate/manifest.ts';
import { aCluster, aDatabase, aUser } from './builders.ts';

describe('defaults of accounts and schemas', () => {
  it('fill in everything, and nothing the second time', () => {
    const user = applyUserDefaults(aUser());
    assert.deepEqual(user.spec, {
      clusterRef: { name: 'demo', namespace: 'shop' },
      user: 'app',
      hosts: ['%'],
      grants: [],
      tls: { require: 'none' },
      limits: {
        maxQueriesPerHour: 0,
        maxUpdatesPerHour: 0,
        maxConnectionsPerHour: 0,
        maxUserConnections: 0,
      },
      passwordSecretRef: { name: 'app', key: 'password' },
      keepOldPassword: '1h',
      reclaimPolicy: 'Delete',
    });
    const database = applyDatabaseDefaults(aDatabase());
    assert.deepEqual(database.spec, {
      clusterRef: { name: 'demo', namespace: 'shop' },
      name: 'orders',
      characterSet: 'utf8mb4',
      reclaimPolicy: 'Retain',
    });
    assert.deepEqual(applyDefaults(applyDefaults(aCluster())), applyDefaults(aCluster()));
  });

  it('ask for a certificate when they say whose', () => {
    const { tls } = applyUserDefaults(aUser({ tls: { subject: '/CN=app' } })).spec;
    assert.deepEqual(tls, { require: 'x509', subject: '/CN=app' });
  });
});

describe('amounts', () => {
  it('are numbers in bytes or cores', () => {
    const cases = { '512Mi': 536_870_912, '1.5Gi': 1_610_612_736, '500m': 0.5, '2k': 2000 };
    for (const [text, value] of Object.entries(cases)) assert.equal(parseQuantity(text), value);
    assert.equal(parseQuantity(2), 2);
    for (const text of ['', '1.', '-1', '20GB', '1e3', 'Gi']) {
      assert.throws(() => parseQuantity(text), RangeError);
    }
  });
});

describe('without Kubernetes', () => {
  it('what has no effect is said, once each', () => {
    const { clusters, problems, warnings } = parseManifest([
      aCluster({ storage: { size: '1Gi' }, mysql: { resources: {} }, paused: false }),
    ]);
    assert.deepEqual([clusters.length, problems], [1, []]);
    assert.deepEqual(
      warnings.map(({ field }) => field),
      ['spec.mysql.resources', 'spec.storage', 'spec.paused'],
    );
  });

  it('nothing hibernates, and accounts are not made', () => {
    const { clusters, problems } = parseManifest([aCluster({ replicas: 0 }), aUser()]);
    assert.deepEqual(clusters, []);
    assert.match(problems[0]?.message ?? '', /radondb down/);
    assert.match(problems[1]?.message ?? '', /MysqlUser into a file of its own/);
  });
});
