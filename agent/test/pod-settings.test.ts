import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { ClusterConfig } from '@radondb/api/cluster-config';
import { MEMBER_PORTS } from '@radondb/api/cluster-config';
import { rolesToWrite } from '../src/adapters/pod-roles.ts';
import { ConfigError, readSettings } from '../src/config.ts';
import { EMPTY_CLUSTER } from '../src/core/cluster-log.ts';

const CLUSTER: ClusterConfig = {
  formatVersion: 1,
  clusterId: 'id-1',
  clusterName: 'demo',
  bootstrap: true,
  members: [0, 1, 2].map((i) => ({
    name: `demo-${i}`,
    raftId: i + 1,
    serverId: 100 + i,
    host: `demo-${i}.demo-members.shop.svc`,
  })),
  ports: MEMBER_PORTS,
  failover: { enabled: true, delayMs: 0 },
  durability: 'strict',
  restartRevision: 's1',
  dynamicRevision: 'r1',
  mysql: { version: '9.7', config: { max_connections: 77 }, memoryBytes: 2 * 1024 ** 3 },
};

async function aPod(t: TestContext, cluster: unknown = CLUSTER) {
  const root = await mkdtemp(join(tmpdir(), 'pod-settings-'));
  t.after(async () => await rm(root, { recursive: true, force: true }));
  const files = {
    'config/cluster.json': JSON.stringify(cluster),
    'internal/agent': 'agent-password',
    'internal/replication': 'replication-password',
    'credentials/username': 'app',
    'credentials/password': 'app-password',
    'credentials/database': 'shop',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), text);
  }
  const env = {
    RADONDB_MEMBER: 'demo-1',
    RADONDB_DATA_DIR: join(root, 'data'),
    RADONDB_TLS_DIR: join(root, 'tls'),
    RADONDB_INTERNAL_DIR: join(root, 'internal'),
    RADONDB_CREDENTIALS_DIR: join(root, 'credentials'),
    RADONDB_MYSQLD: '/usr/sbin/mysqld',
  };
  const read = (more: NodeJS.ProcessEnv = {}) =>
    readSettings(['--cluster-config', join(root, 'config', 'cluster.json')], { ...env, ...more });
  return { root, read };
}

suite('an agent in a pod', () => {
  test("takes its own part of the cluster's file by the member's name", async (t) => {
    const { root, read } = await aPod(t);
    const { config, credentials, pod } = await read();
    assert.equal(config.member, 'demo-1');
    assert.deepEqual([config.raftId, config.mysqld.serverId], [2, 101]);
    assert.deepEqual(config.listen.raft, { host: '0.0.0.0', port: MEMBER_PORTS.raft });
    assert.deepEqual(config.listen.admin, { host: '127.0.0.1', port: MEMBER_PORTS.admin });
    assert.equal(config.peers[2]?.host, 'demo-2.demo-members.shop.svc');
    assert.equal(config.tls.certFile, join(root, 'tls', 'demo-1.crt'));
    assert.deepEqual(config.mysqld.command, { file: '/usr/sbin/mysqld', args: [] });
    assert.equal(config.mysqld.setpriv, null);
    assert.deepEqual(credentials.application, {
      user: 'app',
      password: 'app-password',
      database: 'shop',
    });
    assert.equal(credentials.agent.password, 'agent-password');
    assert.equal(pod?.identity, null, 'there is no Kubernetes API in this environment');
  });

  test('makes its own my.cnf: all members read the same ConfigMap', async (t) => {
    const { root, read } = await aPod(t);
    const { pod } = await read();
    const lines = pod?.myCnf.split('\n') ?? [];
    for (const line of [
      'server_id = 101',
      'report_host = demo-1.demo-members.shop.svc',
      `datadir = ${join(root, 'data', 'mysql')}`,
      'sync_relay_log = 1',
      'innodb_buffer_pool_size = 1024M',
      'max_connections = 77',
    ])
      assert.ok(lines.includes(line), line);
  });

  test('takes addresses from its environment where there is no cluster DNS', async (t) => {
    const { read } = await aPod(t);
    const { config } = await read({
      RADONDB_ADDRESSES: '{"demo-0":"127.0.2.1"}',
      RADONDB_LISTEN_HOST: '127.0.2.2',
      RADONDB_LOOPBACK_HOST: '127.0.2.2',
    });
    assert.deepEqual(
      config.peers.map((peer) => peer.host),
      ['127.0.2.1', 'demo-1.demo-members.shop.svc', 'demo-2.demo-members.shop.svc'],
    );
    assert.equal(config.listen.mysql.host, '127.0.2.2');
    assert.equal(config.listen.admin.host, '127.0.2.2');
  });

  test('knows the API server when it runs beside one', async (t) => {
    const { read } = await aPod(t);
    const { pod } = await read({ KUBERNETES_SERVICE_HOST: '10.0.0.1', RADONDB_NAMESPACE: 'shop' });
    assert.deepEqual(pod?.identity?.apiServer, { host: '10.0.0.1', port: 443 });
  });

  for (const [what, cluster, env, expected] of [
    ['another member', CLUSTER, { RADONDB_MEMBER: 'demo-7' }, /cluster\.json.*demo-7.*demo-0/],
    ['no member', CLUSTER, { RADONDB_MEMBER: '' }, /RADONDB_MEMBER is not set/],
    ['a wrong file', { ...CLUSTER, members: [] }, {}, /cluster\.json.*members must name a member/],
    ['wrong arguments', CLUSTER, { RADONDB_MYSQLD_ARGS: '{}' }, /RADONDB_MYSQLD_ARGS must be JSON/],
    ['no password', CLUSTER, { RADONDB_INTERNAL_DIR: '/nowhere' }, /cannot read \/nowhere/],
  ] as const)
    test(`does not start with ${what}, and says what is wrong`, async (t) => {
      const { read } = await aPod(t, cluster);
      await assert.rejects(read(env), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, expected);
        return true;
      });
    });
});

suite('role labels', () => {
  const open = {
    ...EMPTY_CLUSTER,
    epoch: 2,
    phase: 'open' as const,
    config: { version: 1, voters: ['a', 'b', 'c'], w: 1 },
    lineage: [{ epoch: 2, primary: 'b', uuid: 'u', base: '', barrier: 'u:1' }],
  };

  test("a primary writes everybody's, its own first: the former one may be unable to", () => {
    assert.deepEqual(
      [...rolesToWrite(open, 'b')],
      [
        ['b', 'primary'],
        ['a', 'replica'],
        ['c', 'replica'],
      ],
    );
  });

  test('a replica writes its own only', () => {
    assert.deepEqual([...rolesToWrite(open, 'a')], [['a', 'replica']]);
  });

  test('while no primary is open nobody writes', () => {
    assert.equal(rolesToWrite({ ...open, phase: 'revoked' }, 'b').size, 0);
  });
});
