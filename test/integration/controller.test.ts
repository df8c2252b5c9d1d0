/** The controller on a real kube-apiserver, with pods and agents that are pretended. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ControlPlane, startControlPlane } from '../support/kube/control-plane.ts';
import { whyNoControlPlane } from '../support/kube/find.ts';
import { kubectl } from '../support/kube/kubectl.ts';
import { apiCall, type Json } from './controller/api-call.ts';
import { type ControllerProcess, startController } from './controller/controller-process.ts';
import { FakeNodes } from './controller/fake-nodes.ts';

const MANIFESTS = fileURLToPath(new URL('../../manifests/', import.meta.url));
const RIGHTS = ['service-account', 'cluster-role', 'cluster-role-binding', 'role', 'role-binding'];
const NAMESPACE = 'shop';
const WITHIN_MS = 120_000;
const CHILDREN = 'sts,svc,cm,secret,pdb,sa,role,rolebinding,netpol,pvc';

describe('the controller on a real kube-apiserver', { skip: await whyNoControlPlane() }, () => {
  let plane: ControlPlane;
  let nodes: FakeNodes;
  let kubeconfig: string;
  let controller: ControllerProcess | undefined;

  const run = async (args: readonly string[], stdin?: string): Promise<string> => {
    const result = await kubectl(plane, args, stdin === undefined ? {} : { stdin });
    assert.equal(result.code, 0, `kubectl ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  const get = async (what: readonly string[]): Promise<Json> =>
    JSON.parse(await run(['get', '-n', NAMESPACE, ...what, '-o', 'json']));
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const end = performance.now() + WITHIN_MS;
    while (!(await holds())) {
      const log = controller?.log().slice(-3_000);
      if (performance.now() > end)
        assert.fail(`never: ${what}\n${nodes.happened.slice(-10).join('\n')}\n${log}`);
      await sleep(100);
    }
  };
  const clusterOf = async (name: string): Promise<Json> =>
    await apiCall(
      plane,
      'GET',
      `/apis/radondb.com/v1/namespaces/${NAMESPACE}/mysqlclusters/${name}`,
    );
  const conditionOf = (cluster: Json, type: string): string =>
    cluster?.status?.conditions?.find((it: Json) => it.type === type)?.status ?? '';
  const isSettled = async (name: string): Promise<boolean> => {
    const cluster = await clusterOf(name);
    return (
      cluster?.status?.observedGeneration === cluster?.metadata.generation &&
      conditionOf(cluster, 'Ready') === 'True' &&
      conditionOf(cluster, 'ConfigApplied') === 'True'
    );
  };
  /** Another one would wait until the lease of a killed one has ended. */
  const startAnother = async (): Promise<void> => {
    await run([
      'delete',
      'lease',
      '-n',
      'radondb-system',
      'radondb-controller',
      '--ignore-not-found',
    ]);
    controller = startController(kubeconfig);
  };

  before(async () => {
    plane = await startControlPlane({ signal: AbortSignal.timeout(WITHIN_MS) });
    await run(['apply', '-f', `${MANIFESTS}crds`]);
    await run(['wait', '--for=condition=Established', '--timeout=30s', '-f', `${MANIFESTS}crds`]);
    await run(['apply', '-f', `${MANIFESTS}base/namespace.yaml`]);
    for (const name of RIGHTS)
      await run(['apply', '-f', `${MANIFESTS}base/controller-${name}.yaml`]);
    await run(['apply', '-f', `${MANIFESTS}base/webhook-rbac.yaml`]);
    await run(['create', 'namespace', NAMESPACE]);
    await run([
      ...['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted'],
    ]);
    const token = await run(['create', 'token', '-n', 'radondb-system', 'radondb-controller']);
    kubeconfig = await plane.kubeconfigFor({ token: token.trim() });
    nodes = new FakeNodes(plane, NAMESPACE);
    nodes.start();
  });
  after(async () => {
    await controller?.kill('SIGKILL');
    await nodes?.end();
    await plane?.stop();
  });

  it('makes a cluster of a sample, and says that it is Ready', async () => {
    controller = startController(kubeconfig);
    await run(['apply', '-n', NAMESPACE, '-f', `${MANIFESTS}samples/cluster.yaml`]);
    await run([
      ...['wait', '-n', NAMESPACE, 'myc/demo', '--for=condition=Ready', '--timeout=110s'],
    ]).catch(async (error: unknown) => {
      assert.fail(
        `${String(error)}\n${controller?.log().slice(-4_000)}\n${nodes.happened.join('\n')}`,
      );
    });
    const names = (
      await run(['get', '-n', NAMESPACE, CHILDREN, '-l', 'radondb.com/cluster=demo', '-o', 'name'])
    )
      .trim()
      .split('\n')
      .sort();
    assert.deepEqual(names, [
      'configmap/demo-config',
      'networkpolicy.networking.k8s.io/demo',
      'persistentvolumeclaim/data-demo-0',
      'persistentvolumeclaim/data-demo-1',
      'persistentvolumeclaim/data-demo-2',
      'poddisruptionbudget.policy/demo',
      'role.rbac.authorization.k8s.io/demo',
      'rolebinding.rbac.authorization.k8s.io/demo',
      'secret/demo-ca',
      'secret/demo-credentials',
      'secret/demo-internal',
      'secret/demo-tls',
      'service/demo-any',
      'service/demo-members',
      'service/demo-primary',
      'service/demo-replicas',
      'serviceaccount/demo',
      'statefulset.apps/demo',
    ]);
    const table = await run(['get', '-n', NAMESPACE, 'myc']);
    assert.match(table, /demo .*3\/3/);
    const events = await run(['events', '-n', NAMESPACE, '--for', 'myc/demo']);
    assert.match(events, /CredentialsGenerated/);
  });

  it("looks after the webhook's certificates", async () => {
    const secret = ['get', '-n', 'radondb-system', 'secret/radondb-webhook-certificates'];
    await until('they are made', async () => (await kubectl(plane, secret)).code === 0);
    const keys = Object.keys(JSON.parse(await run([...secret, '-o', 'json'])).data);
    assert.ok(keys.includes('tls.crt') && keys.includes('tls.key'), keys.join());
  });

  it('leaves the applied manifest without a difference', async () => {
    const sample = `${MANIFESTS}samples/cluster.yaml`;
    assert.equal(await run(['diff', '-n', NAMESPACE, '-f', sample]), '');
    await run(['apply', '--server-side', '-n', NAMESPACE, '-f', sample]);
    assert.equal(await run(['diff', '--server-side', '-n', NAMESPACE, '-f', sample]), '');
  });

  it('started anew it writes nothing', async () => {
    await until('the cluster is settled', () => isSettled('demo'));
    const versions = async (): Promise<string> =>
      JSON.stringify(
        (await get([CHILDREN, '-l', 'radondb.com/cluster=demo'])).items.map((it: Json) => [
          it.kind,
          it.metadata.name,
          it.metadata.resourceVersion,
        ]),
      );
    const before = await versions();
    assert.equal(await controller?.kill('SIGTERM'), 0, 'a controller that is asked to stop, stops');
    controller = startController(kubeconfig);
    await until('it has reconciled', async () =>
      (controller?.log() ?? '').includes('"outcome":"up to date"'),
    );
    assert.equal(await versions(), before);
  });

  it('puts back what somebody else has changed, and what they deleted', async () => {
    await run([
      ...['patch', '-n', NAMESPACE, 'service/demo-primary', '--type=merge', '-p'],
      '{"spec":{"selector":{"radondb.com/role":"replica"}}}',
    ]);
    await run(['delete', '-n', NAMESPACE, 'configmap/demo-config', 'service/demo-any']);
    await until('the selector is ours again', async () => {
      const service = await get(['service/demo-primary']);
      return service.spec.selector['radondb.com/role'] === 'primary';
    });
    await until('what was deleted is there again', async () => {
      const names = (await get(['configmap,service'])).items.map((it: Json) => it.metadata.name);
      return names.includes('demo-config') && names.includes('demo-any');
    });
    await until('the cluster is settled', () => isSettled('demo'));
  });

  it('restarts members in turn for a change of a setting: replicas, a switchover, the former primary', async () => {
    nodes.happened.length = 0;
    const primary = nodes.logs.get('demo')?.primary;
    assert.equal(primary, 'demo-0');
    await run([
      ...['patch', '-n', NAMESPACE, 'myc/demo', '--type=merge', '-p'],
      '{"spec":{"mysql":{"config":{"table_open_cache":321}}}}',
    ]);
    await until('all members run with it', () => isSettled('demo'));
    assert.deepEqual(nodes.happened, [
      'demo-2 went',
      'demo-1 went',
      'demo-0 handed over',
      'demo-0 went',
    ]);
    const events = await run(['events', '-n', NAMESPACE, '--for', 'myc/demo']);
    assert.match(events, /MemberRestarting/);
    assert.match(events, /Switchover/);
  });

  it('every field of the spec in unusual spellings comes to rest', async () => {
    await run(['apply', '-n', NAMESPACE, '-f', `${MANIFESTS}samples/production.yaml`]);
    const spec = {
      mysql: {
        resources: { requests: { cpu: '1000m', memory: '4096Mi' }, limits: { memory: '4Gi' } },
        config: { long_query_time: 0.5, innodb_print_all_deadlocks: true },
      },
      storage: { size: '51200Mi' },
      routing: { service: { type: 'LoadBalancer', annotations: { 'cloud/internal': 'true' } } },
      pod: {
        annotations: { 'cluster-autoscaler/safe-to-evict': 'false' },
        nodeSelector: { disk: 'nvme' },
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 5,
                podAffinityTerm: {
                  topologyKey: 'kubernetes.io/hostname',
                  labelSelector: { matchLabels: { team: 'shop' } },
                },
              },
            ],
          },
        },
        tolerations: [{ operator: 'Exists' }],
        topologySpreadConstraints: [],
      },
    };
    await run([
      ...['patch', '-n', NAMESPACE, 'myc/shop', '--type=merge', '-p', JSON.stringify({ spec })],
    ]);
    await until('it is settled', () => isSettled('shop'));
    const children = async (): Promise<string> =>
      JSON.stringify(
        (await get([CHILDREN, '-l', 'radondb.com/cluster=shop'])).items.map((it: Json) => [
          it.kind,
          it.metadata.name,
          it.metadata.resourceVersion,
        ]),
      );
    const rest = async (): Promise<number> =>
      (controller?.log() ?? '')
        .split('\n')
        .filter((line) => line.includes('shop/shop') && line.includes('"outcome":"up to date"'))
        .length;
    const before = await rest();
    await until('it is up to date', async () => (await rest()) > before);
    const versions = await children();
    await run(['annotate', '-n', NAMESPACE, 'myc/shop', 'example.com/look=again']);
    const again = await rest();
    await until('it was looked at again', async () => (await rest()) > again);
    assert.equal(await children(), versions);
  });

  it('killed again and again, at any moment, it still gets there', async () => {
    nodes.happened.length = 0;
    const sample = (
      await run([
        'create',
        ...['-n', NAMESPACE],
        '--dry-run=client',
        '-o',
        'json',
        '-f',
        `${MANIFESTS}samples/cluster.yaml`,
      ])
    ).replaceAll('"demo"', '"other"');
    await controller?.kill('SIGKILL');
    await run(['apply', '-n', NAMESPACE, '-f', '-'], sample);
    for (const [what, holds] of [
      [
        'a Secret is there',
        async () =>
          (await get(['secret'])).items.some((it: Json) => it.metadata.name === 'other-ca'),
      ],
      [
        'the ConfigMap is there',
        async () =>
          (await get(['configmap'])).items.some((it: Json) => it.metadata.name === 'other-config'),
      ],
      [
        'a pod is there',
        async () =>
          (await get(['pods'])).items.some((it: Json) => it.metadata.name.startsWith('other-')),
      ],
    ] as const) {
      await startAnother();
      await until(what, holds);
      await controller?.kill('SIGKILL');
    }
    await startAnother();
    await until('the other cluster is settled', () => isSettled('other'));
    await run([
      ...['patch', '-n', NAMESPACE, 'myc/other', '--type=merge', '-p'],
      '{"spec":{"mysql":{"config":{"table_open_cache":322}}}}',
    ]);
    await until('a member of it is restarted', async () => nodes.happened.includes('other-2 went'));
    await controller?.kill('SIGKILL');
    await startAnother();
    await until('the other cluster is settled again', () => isSettled('other'));
    const went = nodes.happened.filter((it) => it.startsWith('other-'));
    assert.deepEqual(went, ['other-2 went', 'other-1 went', 'other-0 handed over', 'other-0 went']);
  });
});
