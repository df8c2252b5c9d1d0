import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { describe, it } from 'node:test';
import type { KubeObject } from '@radondb/controller/runtime/kube-object';
import { pino } from 'pino';
import { ServiceProxy } from '../../src/services/service-proxy.ts';
import { serviceTable } from '../../src/services/service-table.ts';

const SERVICE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'demo-primary', namespace: 'shop', uid: 's', resourceVersion: '1' },
  spec: {
    clusterIP: '127.78.0.1',
    selector: { app: 'demo', role: 'primary' },
    ports: [{ port: 3306, targetPort: 'mysql' }, { port: 9000 }],
  },
};

function aPod(
  name: string,
  labels: object,
  more: { metadata?: object; status?: object } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: name,
      resourceVersion: '1',
      labels: { app: 'demo', ...labels },
      ...more.metadata,
    },
    spec: {
      containers: [{ name: 'mysql', image: 'm', ports: [{ name: 'mysql', containerPort: 3307 }] }],
    },
    status: {
      podIP: `ip-${name}`,
      conditions: [{ type: 'Ready', status: 'True' }],
      ...more.status,
    },
  };
}

const told = (pods: readonly KubeObject[], spec: object = {}) => {
  const service = { ...SERVICE, spec: { ...(SERVICE['spec'] as object), ...spec } };
  const table = serviceTable([service], pods);
  return [...table].map(
    ([at, to]) => `${at} → ${to.map((it) => `${it.host}:${it.port}`).join(' ')}`,
  );
};

describe('the table of Services', () => {
  it('leads to the ready pods that the selector names, by number and by name of the port', () => {
    const pods = [aPod('a', { role: 'primary' }), aPod('b', { role: 'replica' })];
    assert.deepEqual(told(pods), ['127.78.0.1:3306 → ip-a:3307', '127.78.0.1:9000 → ip-a:9000']);
  });

  it('leaves out who is not ready, is going, or lives in another namespace', () => {
    const role = { role: 'primary' };
    const pods = [
      aPod('a', role, { status: { conditions: [] } }),
      aPod('b', role, { metadata: { deletionTimestamp: 'now' } }),
      aPod('c', role, { metadata: { namespace: 'else' } }),
    ];
    assert.deepEqual(told(pods), ['127.78.0.1:3306 → ', '127.78.0.1:9000 → ']);
    assert.deepEqual(
      told(pods, { publishNotReadyAddresses: true })[0],
      '127.78.0.1:3306 → ip-a:3307',
    );
  });

  it('has nothing for headless ones and ones without a selector', () => {
    assert.deepEqual(told([], { clusterIP: 'None' }), []);
    assert.deepEqual(told([], { selector: {} }), []);
  });
});

describe('the address of a Service', () => {
  const listening = async (server: Server): Promise<number> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const answer = async (port: number): Promise<string> =>
    await new Promise((resolve) => {
      let text = '';
      const socket = connect({ host: '127.0.0.1', port });
      socket.on('data', (data) => {
        text += String(data);
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(text));
    });

  it('hands connections to the pods in turn, follows them, and refuses while there is none', async (t) => {
    const pods = ['one', 'two'].map((name) => createServer((socket) => socket.end(name)));
    const ports = await Promise.all(pods.map(listening));
    // A port that is free: the Service has no choice of its own.
    const free = createServer();
    const port = await listening(free);
    await new Promise((resolve) => free.close(resolve));
    const proxy = new ServiceProxy(pino({ level: 'silent' }));
    t.after(() => {
      proxy.close();
      for (const pod of pods) pod.close();
    });
    const to = (wanted: readonly number[]) =>
      proxy.use(
        new Map([[`127.0.0.1:${port}`, wanted.map((it) => ({ host: '127.0.0.1', port: it }))]]),
      );
    to(ports);
    const answers = [await answer(port), await answer(port)];
    assert.deepEqual(answers.toSorted(), ['one', 'two']);
    to(ports.slice(1));
    assert.equal(await answer(port), 'two');
    to([]);
    assert.equal(await answer(port), '');
  });
});
