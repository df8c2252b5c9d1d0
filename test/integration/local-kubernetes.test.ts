/** `npm start`, and then only kubectl: what a person does first, on real servers. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findOrphans } from '@radondb/box';
import { findControlPlane, whyNoControlPlane } from '../support/kube/find.ts';
import { type KubectlResult, kubectl as runKubectl } from '../support/kube/kubectl.ts';
import { DemoCluster } from '../support/radondb-command.ts';

const SAMPLES = fileURLToPath(new URL('../../manifests/samples/', import.meta.url));
const skip = await whyNoControlPlane();

describe('a cluster of npm start, through kubectl', { skip }, () => {
  let demo: DemoCluster;
  let run: (args: readonly string[], stdin?: string) => Promise<KubectlResult>;

  before(async () => {
    demo = new DemoCluster();
    await demo.ok('up', '--detach');
    const { kubectl } = await findControlPlane();
    const target = {
      kubectlFile: kubectl.file,
      adminKubeconfigPath: join(demo.data, 'kubeconfig'),
      directory: demo.folder,
    };
    run = async (args, stdin = '') => await runKubectl(target, args, { stdin, timeoutMs: 120_000 });
  });
  after(async () => await demo.close());

  const ok = async (args: readonly string[], stdin?: string): Promise<string> => {
    const { code, stdout, stderr } = await run(args, stdin);
    assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout.trim();
  };
  const pids = async (): Promise<readonly (number | undefined)[]> =>
    ((await demo.status()).members ?? []).map((it) => it.local?.mysqldPid);
  const ready = async (name: string): Promise<string> =>
    await ok(['wait', '--for=condition=Ready', `myc/${name}`, '--timeout=100s']);
  const setConfig = async (config: object): Promise<string> =>
    await ok([
      'patch',
      'myc',
      'demo',
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { mysql: { config } } }),
    ]);
  const controlPlane = async (): Promise<number> => {
    const found = (await findOrphans(demo.data)).find(({ kind }) => kind === 'control-plane');
    assert.ok(found !== undefined, 'no control plane runs');
    return found.pid;
  };

  it('is shown, described and explained', async () => {
    await ready('demo');
    assert.match(await ok(['get', 'myc']), /demo\s+3\/3\s+AllMembersReady\s+demo-\d\s+True\s+9\.7/);
    await ok(['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s']);
    assert.match(await ok(['get', 'pods']), /demo-0\s+1\/1\s+Running/);
    assert.match(await ok(['describe', 'myc', 'demo']), /accepts writes/);
    assert.match(await ok(['explain', 'myc.spec.replicas']), /FIELD: replicas/);
  });

  it('is guarded: every reason at once, and nothing changed', async () => {
    const spec = { replicas: 9, mysql: { config: { sync_binlog: 0 } } };
    const { code, stderr } = await run([
      'patch',
      'myc',
      'demo',
      '--type=merge',
      '-p',
      JSON.stringify({ spec }),
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /spec\.replicas/);
    assert.match(stderr, /sync_binlog/);
    assert.match(await ok(['get', 'myc', 'demo', '-o', 'jsonpath={.spec.replicas}']), /^3$/);
  });

  it('takes a dynamic setting without a restart', async () => {
    const earlier = await pids();
    await setConfig({ max_connections: 321 });
    await demo.eventually(
      'the setting on the primary',
      async () => (await demo.sql('select @@max_connections')) === '321',
    );
    assert.deepEqual(await pids(), earlier);
  });

  it('takes any other by a rolling restart, the former primary last, while clients write', async () => {
    const { primary } = await demo.status();
    const earlier = await pids();
    await demo.sql('create table app.rolling (n int primary key)');
    await setConfig({ max_connections: 321, back_log: 77 });
    let n = 0;
    await demo.eventually(
      'restarted members',
      async () => {
        const { code } = await demo.run(
          'mysql',
          'demo',
          '--',
          '-e',
          `insert into app.rolling values (${n})`,
        );
        if (code === 0) n += 1;
        const now = await pids();
        return now.every((pid, i) => pid !== undefined && pid !== earlier[i]);
      },
      200_000,
    );
    await ready('demo');
    assert.equal(await demo.sql('select @@back_log'), '77');
    assert.equal(await demo.sql('select count(*) from app.rolling'), String(n));
    assert.notEqual(
      (await demo.status()).primary,
      primary,
      'it handed over before it was restarted',
    );
    await demo.whole();
  });

  it('has accounts and schemas as they are declared', async () => {
    const secret = (name: string) => [
      'create',
      'secret',
      'generic',
      name,
      '--from-literal=password=Secret-1',
    ];
    await ok(secret('orders'));
    await ok(secret('reports'));
    await ok(['apply', '-f', join(SAMPLES, 'account.yaml')]);
    await ok(['wait', '--for=condition=Ready', 'myd/orders', 'myu/orders', '--timeout=60s']);
    const login = JSON.parse(await demo.ok('credentials', 'demo', '--format', 'json'));
    assert.equal(typeof login.port, 'number');
    await ok(['delete', 'myu', 'orders', '--timeout=60s']);
  });

  it('fails over with API, webhook and controller stopped', async () => {
    const { primary } = await demo.status();
    const { local } = await demo.member(primary ?? '');
    const plane = await controlPlane();
    process.kill(plane, 'SIGSTOP');
    try {
      for (const pid of [local.agentPid, local.mysqldPid ?? 0]) process.kill(pid, 'SIGKILL');
      await demo.eventually('another primary', async () => {
        const { code } = await demo.run(
          'mysql',
          'demo',
          '--',
          '-e',
          'create table if not exists app.over (i int)',
        );
        return code === 0 && (await demo.status()).primary !== primary;
      });
    } finally {
      process.kill(plane, 'SIGCONT');
    }
    await ready('demo');
    const elected = (await demo.status()).primary;
    await demo.eventually(
      'the object says who',
      async () =>
        (await ok(['get', 'myc', 'demo', '-o', 'jsonpath={.status.primary}'])) === elected,
    );
  });

  it('has its API back after kill -9, at the same address', async () => {
    const plane = await controlPlane();
    process.kill(plane, 'SIGKILL');
    await demo.eventually('the API', async () => (await run(['get', 'myc', 'demo'])).code === 0);
    assert.notEqual(await controlPlane(), plane);
    await ready('demo');
  });

  it('makes a pod that was deleted anew', async () => {
    const [replica = ''] = await demo.replicas();
    const uid = () => ok(['get', 'pod', replica, '-o', 'jsonpath={.metadata.uid}']);
    const earlier = await uid();
    await ok(['delete', 'pod', replica, '--timeout=60s']);
    await demo.eventually('another pod', async () => {
      const { code, stdout } = await run(['get', 'pod', replica, '-o', 'jsonpath={.metadata.uid}']);
      return code === 0 && stdout.trim() !== earlier;
    });
    await demo.whole();
  });

  it('is not alone: a second cluster comes and goes', async () => {
    await ok(['apply', '-f', join(SAMPLES, 'single.yaml')]);
    await ready('single');
    assert.match(await demo.ok('mysql', 'single', '--', '-e', 'select 1'), /1/);
    await ok(['delete', 'myc', 'single', '--timeout=60s']);
    await demo.eventually(
      'its pod is gone',
      async () => (await run(['get', 'pod', 'single-0'])).code === 1,
    );
    await ready('demo');
  });
});
