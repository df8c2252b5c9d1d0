import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ControlPlane, startControlPlane } from '../support/kube/control-plane.ts';
import { whyNoControlPlane } from '../support/kube/find.ts';
import { type KubectlResult, kubectl } from '../support/kube/kubectl.ts';
import { BAD_SPECS, manifestOf } from '../support/webhook/bad-specs.ts';
import {
  mustSucceed,
  type RegisteredWebhook,
  registerWebhook,
} from '../support/webhook/registered.ts';

const START_WITHIN_MS = 120_000;
const POLICY_WITHIN_MS = 60_000;

describe('the webhook behind a real kube-apiserver', { skip: await whyNoControlPlane() }, () => {
  let plane: ControlPlane;
  let webhook: RegisteredWebhook;
  before(async () => {
    plane = await startControlPlane({ signal: AbortSignal.timeout(START_WITHIN_MS) });
    webhook = await registerWebhook(plane, {
      settings: { images: { '9.7': 'registry.example.com/mysql:9.7.4' } },
      lookUp: { exists: async ({ name }) => name !== 'absent' },
    });
  });
  after(async () => {
    await webhook?.close(0);
    await plane?.stop();
  });

  const cluster = (name: string, spec: object): string =>
    JSON.stringify({
      apiVersion: 'radondb.com/v1',
      kind: 'MysqlCluster',
      metadata: { name, namespace: 'default' },
      spec,
    });
  const apply = (manifest: string, ...more: string[]): Promise<KubectlResult> =>
    kubectl(plane, ['apply', '-f', '-', ...more], { stdin: manifest });
  const specOf = async (name: string): Promise<unknown> =>
    JSON.parse(await mustSucceed(plane, ['get', 'myc', name, '-o', 'json'])).spec;

  const hostsOf = async (name: string): Promise<unknown> =>
    JSON.parse(await mustSucceed(plane, ['get', 'myu', name, '-o', 'json'])).spec.hosts;

  describe('refuses, and kubectl shows every reason with its field', () => {
    for (const bad of BAD_SPECS) {
      it(`${bad.kind}: ${bad.name}`, async () => {
        const { code, stdout, stderr } = await apply(JSON.stringify(manifestOf(bad)));
        assert.equal(code, 1, stdout);
        if (bad.unknown === undefined) {
          // kubectl's way: one reason on the line itself, several below it.
          const { kind, objectName = 'demo' } = bad;
          const begin = `The ${kind} "${objectName}" is invalid: `;
          const reasons = bad.fields.map((it) =>
            bad.fields.length === 1 ? `${begin}${it}: ` : `\n* ${it}: `,
          );
          assert.ok(stderr.startsWith(begin), stderr);
          for (const reason of reasons) assert.ok(stderr.includes(reason), stderr);
          const bullets = bad.fields.length === 1 ? 0 : bad.fields.length;
          assert.equal(stderr.match(/^\* /gm)?.length ?? 0, bullets, stderr);
          if (bad.says !== undefined) assert.match(stderr, bad.says);
        }
        for (const field of bad.unknown ?? []) {
          assert.ok(stderr.includes(`unknown field "${field}"`), stderr);
        }
      });
    }
  });

  it('is deployed from manifests that kube-apiserver takes as they are', async () => {
    await mustSucceed(plane, ['create', 'namespace', 'radondb-system']);
    const base = fileURLToPath(new URL('../../manifests/base/', import.meta.url));
    for (const name of ['rbac', 'configuration', 'deletion-policy']) {
      const file = `${base}webhook-${name}.yaml`;
      await mustSucceed(plane, [
        'apply',
        '--server-side',
        '--force-conflicts',
        '--dry-run=server',
        '-f',
        file,
      ]);
    }
    const output = await mustSucceed(plane, [
      'apply',
      '--dry-run=server',
      '-f',
      `${base}webhook.yaml`,
    ]);
    assert.equal(output.match(/ created \(server dry run\)$/gm)?.length, 3, output);
    assert.doesNotMatch(output, /Warning/);
  });

  it('refuses a dry run in the same words', async () => {
    const manifest = cluster('demo', { replicas: 9, mysql: { config: { port: 1 } } });
    const [real, dry] = [await apply(manifest), await apply(manifest, '--dry-run=server')];
    assert.equal(dry.code, 1);
    assert.equal(dry.stderr, real.stderr);
  });

  it('pins the version and the image of today, and applying again changes nothing', async () => {
    const manifest = cluster('pinned', { replicas: 1 });
    assert.equal((await apply(manifest)).code, 0);
    assert.deepEqual(((await specOf('pinned')) as { mysql: unknown }).mysql, {
      version: '9.7',
      image: 'registry.example.com/mysql:9.7.4',
    });
    const before = await specOf('pinned');
    assert.match((await apply(manifest)).stdout, /unchanged/);
    assert.equal((await kubectl(plane, ['diff', '-f', '-'], { stdin: manifest })).code, 0);
    const serverSide = ['--server-side', '--force-conflicts'];
    assert.equal((await apply(manifest, ...serverSide)).code, 0);
    assert.deepEqual(await specOf('pinned'), before);
    const diff = ['diff', ...serverSide, '-f', '-'];
    assert.equal((await kubectl(plane, diff, { stdin: manifest })).code, 0);
  });

  it('lets every sample in, and what it pins is no difference to anybody who applies them again', async () => {
    const samples = fileURLToPath(new URL('../../manifests/samples/', import.meta.url));
    const serverSide = ['--server-side', '--force-conflicts'];
    for (const name of await readdir(samples)) {
      for (const mode of [[], serverSide]) {
        const args = [...mode, '-f', `${samples}${name}`];
        await mustSucceed(plane, ['apply', ...args]);
        const { code, stdout } = await kubectl(plane, ['diff', ...args]);
        assert.equal(code, 0, `${name} ${mode.join(' ')}: ${stdout}`);
      }
    }
    assert.deepEqual(await hostsOf('orders'), ['%']);
  });

  it('warns, and lets in', async () => {
    const { code, stderr } = await apply(cluster('even', { replicas: 2 }));
    assert.equal(code, 0);
    assert.match(stderr, /^Warning: spec\.replicas: .*no automatic failover/m);
    assert.equal(stderr.match(/^Warning: /gm)?.length, 1, 'said once, not by both webhooks');
  });

  it('warns of a Secret that is not there yet', async () => {
    const { code, stderr } = await apply(
      JSON.stringify({
        apiVersion: 'radondb.com/v1',
        kind: 'MysqlUser',
        metadata: { name: 'app', namespace: 'default' },
        spec: { clusterRef: { name: 'even' }, passwordSecretRef: { name: 'absent' } },
      }),
    );
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^Warning: spec\.passwordSecretRef\.name: there is no Secret absent in namespace default/m,
    );
    assert.deepEqual(await hostsOf('app'), ['%'], 'pinned');
  });

  it('refuses to change what is fixed at creation, and names every such field', async () => {
    const settings = { lower_case_table_names: 1, innodb_page_size: '16k' };
    assert.equal((await apply(cluster('fixed', { mysql: { config: settings } }))).code, 0);
    const { code, stderr } = await apply(cluster('fixed', { mysql: { config: {} } }));
    assert.equal(code, 1);
    for (const name of Object.keys(settings)) {
      assert.ok(stderr.includes(`\n* spec.mysql.config.${name}: cannot be changed`), stderr);
    }
  });

  it('is in the way of nobody who labels, annotates, scales or finalizes', async () => {
    await mustSucceed(plane, ['label', 'myc', 'even', 'team=shop']);
    await mustSucceed(plane, ['scale', 'myc', 'even', '--replicas=3']);
    const finalizer = ['patch', 'myc', 'even', '--type=merge', '-p'];
    await mustSucceed(plane, [...finalizer, '{"metadata":{"finalizers":["example.com/x"]}}']);
    await mustSucceed(plane, ['delete', 'myc', 'even', '--wait=false']);
    await mustSucceed(plane, [...finalizer, '{"metadata":{"finalizers":null}}']);
    const gone = await kubectl(plane, ['get', 'myc', 'even']);
    assert.match(gone.stderr, /not found/);
  });

  it('guards a protected cluster; the policy does so without it, until the protection is taken off', async () => {
    const protectedSpec = { replicas: 1, deletionProtection: true };
    assert.equal((await apply(cluster('kept', protectedSpec))).code, 0);
    const refused = await kubectl(plane, ['delete', 'myc', 'kept']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /\(Forbidden\).*set it to false first, then delete it again/);

    await webhook.unregister();
    const deadline = Date.now() + POLICY_WITHIN_MS;
    let byPolicy = refused;
    // The API server forgets the webhook some moments later.
    while (!byPolicy.stderr.includes('ValidatingAdmissionPolicy') && Date.now() < deadline) {
      byPolicy = await kubectl(plane, ['delete', 'myc', 'kept', '--dry-run=server']);
    }
    assert.equal(byPolicy.code, 1);
    assert.match(
      byPolicy.stderr,
      /\(Forbidden\).*radondb-deletion-protection.*set it to false first/,
    );
    const unprotect = '{"spec":{"deletionProtection":false}}';
    await mustSucceed(plane, ['patch', 'myc', 'kept', '--type=merge', '-p', unprotect]);
    await mustSucceed(plane, ['delete', 'myc', 'kept', '--wait=false']);
  });
});
