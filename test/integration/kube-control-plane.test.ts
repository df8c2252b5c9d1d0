import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ControlPlane, startControlPlane } from '../support/kube/control-plane.ts';
import { whyNoControlPlane } from '../support/kube/find.ts';
import { kubectl } from '../support/kube/kubectl.ts';

const skip = await whyNoControlPlane();
const NEVER = new AbortController().signal;

/** Whether a process is there and no zombie. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/\) [ZX] /.test(stat);
}

async function eventually(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await ask())) {
    assert.ok(performance.now() < deadline, `waited in vain for: ${what}`);
    await sleep(20);
  }
}

describe('a real control plane', { skip }, () => {
  let plane: ControlPlane;
  const ok = async (args: readonly string[], options?: Parameters<typeof kubectl>[2]) => {
    const { code, stdout, stderr } = await kubectl(plane, args, options);
    assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout.trim();
  };
  const whoIs = async (kubeconfig: string) =>
    JSON.parse(await ok(['auth', 'whoami', '-o', 'json'], { kubeconfig })).status.userInfo;

  before(async (t) => {
    const startedAt = performance.now();
    plane = await startControlPlane({
      signal: NEVER,
      users: [{ name: 'ada "the first"', groups: ['staff', 'testers'] }],
    });
    const ms = Math.round(performance.now() - startedAt);
    if ('diagnostic' in t) t.diagnostic(`ready after ${ms} ms`);
  });
  after(async () => await plane?.stop());

  it('serves what kubectl asks for, and keeps it over a killed and restarted API server', async () => {
    assert.match(await ok(['version']), /Server Version: v1\.\d+/);
    assert.equal(await ok(['create', 'namespace', 'kept']), 'namespace/kept created');
    const manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'one', namespace: 'kept' },
      data: { greeting: 'grüß dich' },
    };
    const stdin = JSON.stringify(manifest);
    assert.equal(await ok(['apply', '-f', '-'], { stdin }), 'configmap/one created');

    const { apiServerPid } = plane;
    assert.ok(apiServerPid !== null && (await isAlive(apiServerPid)));
    await plane.killApiServer();
    assert.equal(plane.apiServerPid, null);
    assert.equal(await isAlive(apiServerPid), false);
    const refused = await kubectl(plane, ['get', 'namespaces']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /refused/);

    await plane.restartApiServer();
    const read = ['get', 'configmap', 'one', '-n', 'kept', '-o', 'jsonpath={.data.greeting}'];
    assert.equal(await ok(read), 'grüß dich');
  });

  it('knows the administrator, users with a token, with a certificate, and service accounts', async () => {
    const admin = await whoIs(plane.adminKubeconfigPath);
    assert.equal(admin.username, 'admin');
    assert.ok(admin.groups.includes('system:masters'));

    const adaToken = plane.tokens['ada "the first"'];
    assert.ok(adaToken !== undefined);
    const ada = await whoIs(await plane.kubeconfigFor({ token: adaToken }));
    assert.equal(ada.username, 'ada "the first"');
    assert.deepEqual(ada.groups, ['staff', 'testers', 'system:authenticated']);

    const bobConfig = await plane.kubeconfigFor({ user: 'bob' });
    assert.equal((await whoIs(bobConfig)).username, 'bob');
    const denied = await kubectl(plane, ['get', 'secrets'], { kubeconfig: bobConfig });
    assert.match(denied.stderr, /User "bob" cannot list resource "secrets"/);

    await ok(['create', 'serviceaccount', 'controller']);
    const token = await ok(['create', 'token', 'controller']);
    const account = await whoIs(await plane.kubeconfigFor({ token }));
    assert.equal(account.username, 'system:serviceaccount:default:controller');
  });

  it('admits as a cluster does: policies, webhooks and service accounts', async () => {
    const kinds = await ok(['api-resources', '--api-group=admissionregistration.k8s.io', '-oname']);
    for (const kind of ['validatingadmissionpolicies', 'mutatingwebhookconfigurations']) {
      assert.ok(kinds.includes(`${kind}.`), kinds);
    }
    const pod = ['run', 'one', '--image=none', '--dry-run=server'];
    const refused = await kubectl(plane, pod);
    assert.match(refused.stderr, /serviceaccount "default" not found/);
  });

  it('writes nothing into the home of whoever runs the tests', async () => {
    await access(join(plane.directory, 'kubectl'));
  });
});

describe('the end of a control plane', { skip }, () => {
  it('leaves no process and no folder', async () => {
    const plane = await startControlPlane({ signal: NEVER });
    const pids = [plane.etcdPid, plane.apiServerPid ?? 0];
    for (const pid of pids) assert.ok(await isAlive(pid));
    await plane.stop();
    for (const pid of pids) assert.equal(await isAlive(pid), false);
    await assert.rejects(access(plane.directory));
  });

  it('keeps a given folder, and starts from it again with the same data and tokens', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'radondb-kept-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const first = await startControlPlane({ signal: NEVER, dataDir });
    t.after(() => first.stop());
    const made = await kubectl(first, ['create', 'namespace', 'kept']);
    assert.equal(made.code, 0, made.stderr);
    await first.stop();
    const second = await startControlPlane({ signal: NEVER, dataDir });
    t.after(() => second.stop());
    assert.equal(second.token, first.token);
    const read = await kubectl(second, ['get', 'namespace', 'kept', '-o', 'name']);
    assert.equal(read.stdout, 'namespace/kept\n');
  });

  it('comes also when its test is killed', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'radondb-killed-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const module = fileURLToPath(new URL('../support/kube/control-plane.ts', import.meta.url));
    const program = `
      const { startControlPlane } = await import(${JSON.stringify(module)});
      const plane = await startControlPlane({
        signal: new AbortController().signal, dataDir: ${JSON.stringify(folder)},
      });
      console.log(plane.etcdPid, plane.apiServerPid);
      setInterval(() => {}, 1000);`;
    const args = ['--conditions=@radondb/source', '--input-type=module', '-e', program];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const pids: number[] = [];
    for await (const text of child.stdout) {
      pids.push(...String(text).trim().split(' ').map(Number));
      break;
    }
    assert.equal(pids.length, 2);
    for (const pid of pids) assert.ok(await isAlive(pid));
    child.kill('SIGKILL');
    for (const pid of pids) await eventually('its end', async () => !(await isAlive(pid)));
  });

  it('comes when a start is aborted, and when the API server does not start', async () => {
    const stop = new AbortController();
    const start = startControlPlane({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(start, /enough/);
    const wrong = startControlPlane({ signal: NEVER, apiServerArgs: ['--no-such-flag'] });
    await assert.rejects(wrong, /kube-apiserver has ended;.*unknown flag: --no-such-flag/s);
  });
});
