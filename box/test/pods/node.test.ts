import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  createKubeClient,
  createTransport,
  isNotFound,
  type KubeClient,
  type KubeObject,
} from '@radondb/controller/runtime/index';
import { CONFIG_MAPS, PODS, STATEFUL_SETS } from '@radondb/controller/runtime/resources';
import { pino } from 'pino';
import { startApiServer } from '../../src/api-server/index.ts';
import { PodAddresses } from '../../src/pods/addresses.ts';
import { runNode } from '../../src/pods/run-node.ts';

const LOG = pino({ level: 'silent' });
const WAIT_MS = 30_000;

interface World {
  readonly client: KubeClient;
  readonly folder: string;
  pod(name: string): Promise<KubeObject | null>;
  until(what: string, test: () => Promise<boolean>): Promise<void>;
}

async function aWorld(t: TestContext): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'radondb-node-'));
  const end = new AbortController();
  const log = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
  const server = await startApiServer({ dataDir: join(folder, 'api'), log, signal: end.signal });
  const transport = createTransport({
    server: new URL(server.url),
    credentials: () =>
      Promise.resolve({
        headers: { authorization: `Bearer ${server.token}` },
        tls: { ca: server.caPem },
      }),
    refresh: () => {},
  });
  const client = createKubeClient({ transport });
  const node = runNode({
    client,
    logger: LOG,
    folders: {
      pod: ({ metadata }) => join(folder, 'pods', metadata.name, metadata.uid),
      claim: (namespace, claim) => join(folder, 'volumes', namespace, claim),
      log: ({ metadata }, container) => join(folder, 'logs', `${metadata.name}-${container}.log`),
      lastWords: ({ metadata }, container) =>
        join(folder, 'logs', `${metadata.name}-${container}.fatal`),
    },
    addresses: await PodAddresses.open(join(folder, 'addresses.json')),
    imageRoot: () => '/',
    extraEnv: () => Promise.resolve({}),
    setpriv: null,
  });
  t.after(async () => {
    await node.stop({ replica: 5_000, primary: 5_000 });
    end.abort();
    await server.close();
    transport.close();
    await rm(folder, { recursive: true, force: true });
  });
  const { signal } = end;
  return {
    client,
    folder,
    pod: async (name) => {
      try {
        return await client.get(PODS, { namespace: 'default', name }, { signal });
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    until: async (what, test) => {
      const deadline = performance.now() + WAIT_MS;
      while (!(await test())) {
        assert.ok(performance.now() < deadline, `not within ${WAIT_MS} ms: ${what}`);
        await pause(20);
      }
    },
  };
}

const SCRIPT = 'cat /etc/demo/word > /data/word; echo $$ > /data/pid; exec sleep 1000';

function aSet(replicas: number) {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'demo', namespace: 'default' },
    spec: {
      replicas,
      serviceName: 'demo',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      selector: { matchLabels: { app: 'demo' } },
      template: {
        metadata: { labels: { app: 'demo' } },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: 'main',
              image: 'none',
              // Paths inside a script are nobody's to replace: they come as arguments.
              command: [
                '/bin/sh',
                '-c',
                SCRIPT.replaceAll('/etc/demo/word', '"$1"').replaceAll('/data', '"$2"'),
              ],
              args: ['sh', '/etc/demo/word', '/data'],
              volumeMounts: [
                { name: 'config', mountPath: '/etc/demo' },
                { name: 'data', mountPath: '/data' },
              ],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: 'demo' } }],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  };
}

const isReady = (pod: KubeObject | null) => {
  const status = pod?.['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((it) => it.type === 'Ready' && it.status === 'True') === true;
};
const restarts = (pod: KubeObject | null) => {
  const status = pod?.['status'] as { containerStatuses?: { restartCount: number }[] } | undefined;
  return status?.containerStatuses?.[0]?.restartCount ?? 0;
};
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a node of this machine', () => {
  it('runs the pods of a StatefulSet, starts them again, ends them, and keeps their volumes', async (t) => {
    const { client, folder, pod, until } = await aWorld(t);
    const write = { signal: AbortSignal.timeout(WAIT_MS) };
    const name = { namespace: 'default', name: 'demo' };
    const ready = (which: string) =>
      until(`${which} is ready`, async () => isReady(await pod(which)));
    const data = async (file: string) =>
      (await readFile(join(folder, 'volumes', 'default', 'data-demo-0', file), 'utf8')).trim();

    await client.create(STATEFUL_SETS, aSet(2), write);
    await until('waits for its ConfigMap, and says so', async () => {
      const status = (await pod('demo-0'))?.['status'];
      return JSON.stringify(status ?? {}).includes('configmaps \\"demo\\" not found');
    });
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: name, data: { word: 'one' } };
    await client.create(CONFIG_MAPS, map, write);
    await ready('demo-0');
    await ready('demo-1');
    await until('the script has run', async () => (await data('pid').catch(() => '')) !== '');
    assert.equal(await data('word'), 'one');
    const first = Number(await data('pid'));

    process.kill(first, 'SIGKILL');
    await until('started again', async () => restarts(await pod('demo-0')) === 1);
    await ready('demo-0');
    await until('another process', async () => Number(await data('pid')) !== first);
    const second = Number(await data('pid'));
    const before = await pod('demo-0');

    const change = { type: 'merge', value: { data: { word: 'two' } } } as const;
    await client.patch(CONFIG_MAPS, name, change, write);
    await client.delete(PODS, { namespace: 'default', name: 'demo-0' }, write);
    await until('another pod of the same name', async () => {
      const now = await pod('demo-0');
      return now !== null && now.metadata.uid !== before?.metadata.uid && isReady(now);
    });
    assert.equal(isAlive(second), false, 'two processes would have one volume');
    await until('reads the new word', async () => (await data('word')) === 'two');

    const scale = { type: 'merge', value: { spec: { replicas: 1 } } } as const;
    await client.patch(STATEFUL_SETS, name, scale, write);
    await until('demo-1 is gone', async () => (await pod('demo-1')) === null);
    assert.ok(isReady(await pod('demo-0')));
  });
});
