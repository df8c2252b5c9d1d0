/** Accounts and schemas from kubectl to MySQL: a real kube-apiserver, the controller's process, and the agent's engine on a real mysqld. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Accounts } from '@radondb/agent/accounts/accounts';
import mysql, { type Connection } from 'mysql2/promise';
import { type ControlPlane, startControlPlane } from '../support/kube/control-plane.ts';
import { whyNoControlPlane } from '../support/kube/find.ts';
import { kubectl } from '../support/kube/kubectl.ts';
import {
  findRealMysqld,
  type MysqldSandbox,
  NEVER,
  openMysqldSandbox,
  type SandboxMember,
} from '../support/mysqld-sandbox.ts';
import { type ControllerProcess, startController } from './controller/controller-process.ts';
import { FakeNodes } from './controller/fake-nodes.ts';

const MANIFESTS = fileURLToPath(new URL('../../manifests/', import.meta.url));
const RIGHTS = ['service-account', 'cluster-role', 'cluster-role-binding', 'role', 'role-binding'];
const NAMESPACE = 'shop';
const WITHIN_MS = 120_000;
const SAMPLE = `${MANIFESTS}samples/account.yaml`;

const found = await findRealMysqld();
const skip = 'reason' in found ? found.reason : await whyNoControlPlane();

describe('accounts and schemas, from kubectl to MySQL', { skip }, () => {
  let plane: ControlPlane;
  let nodes: FakeNodes;
  let controller: ControllerProcess;
  let sandbox: MysqldSandbox;
  let primary: SandboxMember;
  let root: Connection;
  let first = '';

  const run = async (args: readonly string[], stdin?: string): Promise<string> => {
    const result = await kubectl(plane, args, stdin === undefined ? {} : { stdin });
    assert.equal(result.code, 0, `kubectl ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  const inShop = (...args: readonly string[]) => run(['-n', NAMESPACE, ...args]);
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const end = performance.now() + WITHIN_MS;
    while (!(await holds())) {
      if (performance.now() > end)
        assert.fail(
          `never: ${what}\n${nodes.happened.join('\n')}\n${controller.log().slice(-4_000)}`,
        );
      await sleep(100);
    }
  };
  const reasonOf = async (object: string, type: string): Promise<string> =>
    await inShop('get', object, '-o', `jsonpath={.status.conditions[?(@.type=="${type}")].reason}`);
  const makeSecret = async (name: string, password: string): Promise<void> => {
    const data = { password: Buffer.from(password).toString('base64') };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data };
    await run(['-n', NAMESPACE, 'apply', '-f', '-'], JSON.stringify(secret));
  };
  const canLogIn = async (user: string, password: string): Promise<boolean> => {
    try {
      await (await primary.client(user, password)).end();
      return true;
    } catch (error) {
      assert.equal((error as { errno?: number }).errno, 1045);
      return false;
    }
  };
  const rows = async (sql: string): Promise<readonly mysql.RowDataPacket[]> =>
    (await root.query<mysql.RowDataPacket[]>(sql))[0];

  before(async () => {
    assert.ok('installation' in found);
    sandbox = await openMysqldSandbox(found.installation);
    [primary] = (await sandbox.cluster(['primary'])) as [SandboxMember];
    const { agent, replication } = sandbox.credentials;
    root = await mysql.createConnection({ ...primary.config.listen.admin, ...agent });
    plane = await startControlPlane({ signal: AbortSignal.timeout(WITHIN_MS) });
    await run(['apply', '-f', `${MANIFESTS}crds`]);
    await run(['wait', '--for=condition=Established', '--timeout=30s', '-f', `${MANIFESTS}crds`]);
    await run(['apply', '-f', `${MANIFESTS}base/namespace.yaml`]);
    for (const name of RIGHTS)
      await run(['apply', '-f', `${MANIFESTS}base/controller-${name}.yaml`]);
    await run(['create', 'namespace', NAMESPACE]);
    const token = await run(['create', 'token', '-n', 'radondb-system', 'radondb-controller']);
    nodes = new FakeNodes(plane, NAMESPACE);
    const accounts = new Accounts({
      write: (options, work) => primary.server.sql.write(options, work),
      ownUsers: [agent.user, replication.user],
      clock: { monotonicMs: () => performance.now(), unixMs: () => Date.now() },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
    nodes.accounts = (request) => accounts.apply(request, NEVER);
    nodes.start();
    controller = startController(await plane.kubeconfigFor({ token: token.trim() }));
    await inShop('apply', '-f', `${MANIFESTS}samples/cluster.yaml`);
    await inShop('wait', 'myc/demo', '--for=condition=Ready', '--timeout=110s');
  });
  after(async () => {
    root?.destroy();
    await controller?.kill('SIGKILL');
    await nodes?.end();
    await plane?.stop();
    await sandbox?.close();
  });

  it('a schema is there at once; accounts wait for their Secrets and say so', async () => {
    await inShop('apply', '-f', SAMPLE);
    await inShop('wait', 'myd/orders', '--for=condition=Ready', '--timeout=60s');
    assert.equal((await rows("SHOW SCHEMAS LIKE 'orders'")).length, 1);
    await until('it says what it waits for', async () =>
      (await reasonOf('myu/orders', 'Ready')).includes('SecretNotFound'),
    );
  });

  it('a Secret comes: the account can log in and do what is granted', async () => {
    first = `first ${process.pid} '"\\ word`;
    await makeSecret('orders', first);
    await inShop('wait', 'myu/orders', '--for=condition=Ready', '--timeout=60s');
    const client = await primary.client('orders', first);
    await client.query('CREATE TABLE orders.orders (id INT PRIMARY KEY, total INT, card TEXT)');
    await assert.rejects(client.query('SELECT * FROM mysql.user'));
    await client.end();
  });

  it('an account whose table is there now becomes Ready', async () => {
    await makeSecret('reports', 'a password of reports');
    await inShop('wait', 'myu/reports', '--for=condition=Ready', '--timeout=60s');
    const granted = await rows("SHOW GRANTS FOR reports_ro@'10.0.0.0/8'");
    assert.match(JSON.stringify(granted), /SELECT \(`id`, `total`\) ON `orders`.`orders`/u);
  });

  it('the applied manifest shows no difference', async () => {
    assert.equal(await inShop('diff', '-f', SAMPLE), '');
  });

  it('another password in the Secret is in force, and the former one for a while', async () => {
    await makeSecret('orders', 'a second word');
    await until('the new password', async () => await canLogIn('orders', 'a second word'));
    assert.equal(await canLogIn('orders', first), true);
    await inShop('patch', 'myu/orders', '--type=merge', '-p', '{"spec":{"keepOldPassword":"0s"}}');
    await until('the end of the former', async () => !(await canLogIn('orders', first)));
  });

  it('what is no longer declared is revoked', async () => {
    await inShop('patch', 'myu/orders', '--type=merge', '-p', '{"spec":{"grants":[]}}');
    await until('no grant is left', async () => {
      const left = await rows("SHOW GRANTS FOR orders@'%'");
      return left.length === 1;
    });
  });

  it('an account of the same name in MySQL is left alone, and the object says whose it is', async () => {
    await root.query("CREATE USER theirs@'%' IDENTIFIED BY 'theirs'");
    const spec = {
      clusterRef: { name: 'demo' },
      hosts: ['%'],
      passwordSecretRef: { name: 'orders', key: 'password' },
    };
    const metadata = { name: 'theirs' };
    const object = { apiVersion: 'radondb.com/v1', kind: 'MysqlUser', metadata, spec };
    await run(['-n', NAMESPACE, 'apply', '-f', '-'], JSON.stringify(object));
    await inShop('wait', 'myu/theirs', '--for=condition=Stalled', '--timeout=60s');
    assert.match(await inShop('describe', 'myu/theirs'), /was not made by the operator/u);
    await inShop('delete', 'myu/theirs', '--timeout=60s');
    assert.equal(await canLogIn('theirs', 'theirs'), true);
  });

  it('deleted: accounts are dropped, the schema with what is in it is kept', async () => {
    await inShop('delete', '-f', SAMPLE, '--timeout=60s');
    const users = await rows("SELECT User FROM mysql.user WHERE User IN ('orders', 'reports_ro')");
    assert.deepEqual(users, []);
    assert.equal((await rows("SHOW TABLES FROM orders LIKE 'orders'")).length, 1);
  });

  it('no password stands in an event or in the log', async () => {
    const events = await inShop('get', 'events', '-o', 'json');
    for (const text of [events, controller.log()])
      for (const word of ['a second word', `first ${process.pid}`, 'a password of reports'])
        assert.ok(!text.includes(word), word);
    assert.match(events, /CREATE USER 'orders'@'%'/u);
  });
});
