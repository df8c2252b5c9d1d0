import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayNameCluster, type selects } from '../src/account-namespaces.ts';
import { applyDefaults } from '../src/defaults/mysql-cluster.ts';
import { applyDatabaseDefaults } from '../src/defaults/mysql-database.ts';
import { applyUserDefaults } from '../src/defaults/mysql-user.ts';
import { parseQuantity } from '../src/quantity.ts';
import type { MysqlClusterSpec } from '../src/v1/mysql-cluster.ts';
import { parseManifest } from '../src/validate/manifest.ts';
import { aCluster, aDatabase, aUser } from './builders.ts';

describe('which namespaces may name a cluster', () => {
  const shop = { name: 'shop', labels: { team: 'shop' } };
  const mayShop = (accounts: NonNullable<MysqlClusterSpec['accounts']>): boolean => {
    const cluster = aCluster({ accounts });
    return mayNameCluster(
      applyDefaults({ ...cluster, metadata: { ...cluster.metadata, namespace: 'db' } }),
      shop,
    );
  };

  it('is its own one unless it says more', () => {
    assert.equal(mayShop({}), false);
    assert.equal(mayShop({ namespaces: { from: 'Same' } }), false);
    assert.equal(mayShop({ namespaces: { from: 'All' } }), true);
    const own = { name: 'db', labels: {} };
    const cluster = applyDefaults({ ...aCluster(), metadata: { name: 'demo', namespace: 'db' } });
    assert.equal(mayNameCluster(cluster, own), true);
  });

  it('is told by their labels', () => {
    const by = (selector: Parameters<typeof selects>[0]): boolean =>
      mayShop({ namespaces: { from: 'Selector', selector } });
    assert.equal(by({ matchLabels: { team: 'shop' } }), true);
    assert.equal(by({ matchLabels: { team: 'other' } }), false);
    assert.equal(by({ matchLabels: { constructor: 'x' } }), false);
    assert.equal(
      by({ matchExpressions: [{ key: 'team', operator: 'In', values: ['shop'] }] }),
      true,
    );
    assert.equal(by({ matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['y'] }] }), true);
    assert.equal(by({ matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] }), false);
    assert.equal(by({ matchExpressions: [{ key: 'toString', operator: 'Exists' }] }), false);
    assert.equal(by({}), true);
    assert.equal(mayShop({ namespaces: { from: 'Selector' } }), false);
  });
});

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
