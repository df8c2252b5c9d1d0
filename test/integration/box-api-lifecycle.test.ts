import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiServer, startApiServer } from '@radondb/box/api-server/index';
import { startTestWebhook } from './api-conformance/webhook.ts';

/** What the box does beyond kube-apiserver: the parts of kube-controller-manager our objects need, and staying. */

type Json = Record<string, unknown>;
interface Answer {
  readonly code: number;
  readonly body: Json;
  readonly warning: string | undefined;
}
interface Client {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

const WITHIN_MS = 20_000;
const QUIET = { debug() {}, info() {}, warn() {} };

async function ask(
  client: Client,
  line: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = 'GET', path = '/'] = line.split(' ');
  const text = body === undefined ? '' : JSON.stringify(body);
  return await new Promise((resolve, reject) => {
    const request = httpsRequest(
      new URL(path, client.url),
      {
        method,
        ca: client.caPem,
        agent: false,
        headers: {
          authorization: `Bearer ${client.token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          ...headers,
        },
      },
      (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
        response.on('end', () =>
          resolve({
            code: response.statusCode ?? 0,
            body: JSON.parse(received) as Json,
            warning: response.headers['warning'] as string | undefined,
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

/** What a watch says until the server ends it. */
async function readEvents(client: Client, path: string): Promise<Json[]> {
  const text = await new Promise<string>((resolve, reject) => {
    const headers = { authorization: `Bearer ${client.token}` };
    httpsRequest(
      new URL(path, client.url),
      { ca: client.caPem, agent: false, headers },
      (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
        response.on('end', () => resolve(received));
        response.on('error', reject);
      },
    )
      .on('error', reject)
      .end();
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);
}

async function eventually(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await sleep(20);
  }
}

const MAPS = '/api/v1/namespaces/default/configmaps';

function map(name: string, metadata: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata } };
}

async function create(client: Client, object: Json, path = MAPS): Promise<Json> {
  const { code, body } = await ask(client, `POST ${path}`, object);
  assert.equal(code, 201, JSON.stringify(body));
  return body['metadata'] as Json;
}

function ownedBy(name: string, uid: unknown, block = false): Json {
  return {
    ownerReferences: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name,
        uid,
        ...(block && { blockOwnerDeletion: true }),
      },
    ],
  };
}

async function isGone(client: Client, path: string): Promise<boolean> {
  return (await ask(client, `GET ${path}`)).code === 404;
}

describe("the box's API server", () => {
  const ended = new AbortController();
  let folder = '';
  let server: ApiServer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'radondb-box-api-'));
    server = await startApiServer({ dataDir: folder, log: QUIET, signal: ended.signal });
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('asks who is there', async () => {
    for (const token of ['', 'x.y', `${server.token}x`]) {
      const { code, body } = await ask({ ...server, token }, `GET ${MAPS}`);
      assert.equal(code, 401);
      assert.equal(body['reason'], 'Unauthorized');
    }
    const token = server.issueToken({ username: 'bob', groups: ['g'] });
    assert.equal((await ask({ ...server, token }, `GET ${MAPS}`)).code, 200);
  });

  it('deletes what has lost its owner, and what that owned', async () => {
    const owner = await create(server, map('owner'));
    const child = await create(server, map('child', ownedBy('owner', owner['uid'])));
    await create(server, map('grandchild', ownedBy('child', child['uid'])));
    await ask(server, `DELETE ${MAPS}/owner`);
    await eventually('the grandchild to go', () => isGone(server, `${MAPS}/grandchild`));
    assert.ok(await isGone(server, `${MAPS}/child`));
  });

  it('deletes in the foreground from the leaves up', async () => {
    const owner = await create(server, map('fg'));
    await create(
      server,
      map('fg-child', { ...ownedBy('fg', owner['uid'], true), finalizers: ['x.example/wait'] }),
    );
    const { body } = await ask(server, `DELETE ${MAPS}/fg`, { propagationPolicy: 'Foreground' });
    assert.deepEqual((body['metadata'] as Json)['finalizers'], ['foregroundDeletion']);
    await eventually('the child to be marked', async () => {
      const child = await ask(server, `GET ${MAPS}/fg-child`);
      return (child.body['metadata'] as Json)['deletionTimestamp'] !== undefined;
    });
    assert.equal((await ask(server, `GET ${MAPS}/fg`)).code, 200);
    await ask(
      server,
      `PATCH ${MAPS}/fg-child`,
      { metadata: { finalizers: null } },
      { 'content-type': 'application/merge-patch+json' },
    );
    await eventually('the owner to go', () => isGone(server, `${MAPS}/fg`));
  });

  it('lets orphans go', async () => {
    const owner = await create(server, map('parent'));
    await create(server, map('orphan', ownedBy('parent', owner['uid'])));
    await ask(server, `DELETE ${MAPS}/parent`, { propagationPolicy: 'Orphan' });
    await eventually('the parent to go', () => isGone(server, `${MAPS}/parent`));
    const { code, body } = await ask(server, `GET ${MAPS}/orphan`);
    assert.equal(code, 200);
    assert.equal((body['metadata'] as Json)['ownerReferences'], undefined);
  });

  it('empties a namespace that is deleted, and waits for finalizers in it', async () => {
    await ask(server, 'POST /api/v1/namespaces', { metadata: { name: 'gone' } });
    const path = '/api/v1/namespaces/gone/configmaps';
    await create(server, map('plain'), path);
    await create(server, map('kept', { finalizers: ['x.example/wait'] }), path);
    await ask(server, 'DELETE /api/v1/namespaces/gone');
    await eventually('the plain object to go', () => isGone(server, `${path}/plain`));
    const late = await ask(server, `POST ${path}`, map('late'));
    assert.equal(late.code, 403);
    assert.match(String(late.body['message']), /because it is being terminated/);
    assert.equal((await ask(server, 'GET /api/v1/namespaces/gone')).code, 200);
    await ask(
      server,
      `PATCH ${path}/kept`,
      { metadata: { finalizers: null } },
      { 'content-type': 'application/merge-patch+json' },
    );
    await eventually('the namespace to go', () => isGone(server, '/api/v1/namespaces/gone'));
  });

  it('deletes a kind with its objects', async () => {
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await create(
      server,
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'things.x.example' },
        spec: {
          group: 'x.example',
          scope: 'Cluster',
          names: { plural: 'things', kind: 'Thing' },
          versions: [
            {
              name: 'v1',
              deprecated: true,
              served: true,
              storage: true,
              schema: { openAPIV3Schema: schema },
            },
          ],
        },
      },
      crds,
    );
    const things = '/apis/x.example/v1/things';
    await create(
      server,
      { apiVersion: 'x.example/v1', kind: 'Thing', metadata: { name: 't' }, free: 1 },
      things,
    );
    const { warning } = await ask(server, `GET ${things}/t`);
    assert.equal(warning, '299 - "x.example/v1 Thing is deprecated"');
    await ask(server, `DELETE ${crds}/things.x.example`);
    await eventually('the kind to go', () => isGone(server, `${crds}/things.x.example`));
    const names = Object.keys((await ask(server, 'GET /apis')).body);
    assert.ok(names.includes('groups'));
    await create(server, map('after'));
  });

  it('gives a pod that runs somewhere time to end', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const pod = (name: string, node?: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers: [{ name: 'c', image: 'i' }], ...(node && { nodeName: node }) },
    });
    await create(server, pod('nowhere'), pods);
    await ask(server, `DELETE ${pods}/nowhere`);
    assert.ok(await isGone(server, `${pods}/nowhere`));
    await create(server, pod('placed', 'box'), pods);
    const { body } = await ask(server, `DELETE ${pods}/placed`);
    assert.equal((body['metadata'] as Json)['deletionGracePeriodSeconds'], 30);
    assert.equal((await ask(server, `GET ${pods}/placed`)).code, 200);
    await ask(server, `DELETE ${pods}/placed`, { gracePeriodSeconds: 0 });
    assert.ok(await isGone(server, `${pods}/placed`));
  });

  it('tells a watcher what happened since, also what entered and left its selection', async () => {
    const { body } = await ask(server, `GET ${MAPS}?limit=1`);
    const revision = String((body['metadata'] as Json)['resourceVersion']);
    const label = async (labels: Json) =>
      await ask(
        server,
        `PATCH ${MAPS}/seen`,
        { metadata: { labels } },
        { 'content-type': 'application/merge-patch+json' },
      );
    await create(server, map('seen'));
    await label({ watched: 'yes' });
    await label({ watched: 'yes', more: 'x' });
    await label({ watched: 'no' });
    await ask(server, `DELETE ${MAPS}/seen`);
    const path = `${MAPS}?watch=true&resourceVersion=${revision}&labelSelector=watched=yes&timeoutSeconds=1`;
    const events = await readEvents(server, path);
    assert.deepEqual(
      events.map(
        ({ type, object }) =>
          `${String(type)} ${String((object as { metadata: Json }).metadata['name'])}`,
      ),
      ['ADDED seen', 'MODIFIED seen', 'DELETED seen'],
    );
  });

  it('refuses a write that is based on an older version, and only that', async () => {
    const { resourceVersion } = await create(server, map('contended'));
    const put = async (version: unknown, data: Json) =>
      await ask(server, `PUT ${MAPS}/contended`, {
        ...map('contended', { resourceVersion: version }),
        data,
      });
    const both = await Promise.all([
      put(resourceVersion, { a: '1' }),
      put(resourceVersion, { a: '2' }),
    ]);
    assert.deepEqual(both.map((one) => one.code).sort(), [200, 409]);
    const many = Array.from(
      { length: 10 },
      async (_, index) =>
        await ask(
          server,
          `PATCH ${MAPS}/contended`,
          { data: { [`k${index}`]: '1' } },
          { 'content-type': 'application/merge-patch+json' },
        ),
    );
    for (const { code } of await Promise.all(many)) assert.equal(code, 200);
    const { body } = await ask(server, `GET ${MAPS}/contended`);
    assert.equal(Object.keys(body['data'] as Json).length, 11);
  });

  it('reaches a webhook through the endpoints of its Service', async () => {
    const webhook = await startTestWebhook(['hook.default.svc']);
    const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    try {
      await create(
        server,
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'hook' },
          spec: { ports: [{ name: 'https', port: 443 }] },
        },
        '/api/v1/namespaces/default/services',
      );
      await create(
        server,
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: { name: 'hook', labels: { 'kubernetes.io/service-name': 'hook' } },
          addressType: 'IPv4',
          endpoints: [{ addresses: ['127.0.0.1'] }],
          ports: [{ name: 'https', port: Number(new URL(webhook.url).port) }],
        },
        '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
      );
      const ruled = {
        name: 'hook.x.example',
        clientConfig: {
          service: { namespace: 'default', name: 'hook', path: '/broken' },
          caBundle: webhook.caBundle,
        },
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['configmaps'],
          },
        ],
        objectSelector: { matchLabels: { ask: 'yes' } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      };
      await create(
        server,
        {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingWebhookConfiguration',
          metadata: { name: 'hook' },
          webhooks: [ruled],
        },
        configurations,
      );
      // It answers, and not with JSON: so it was reached, under a certificate in the Service's name.
      const { code, body } = await ask(
        server,
        `POST ${MAPS}`,
        map('asked', { labels: { ask: 'yes' } }),
      );
      assert.equal(code, 500);
      assert.match(String(body['message']), /failed calling webhook "hook\.x\.example": .*JSON/);
      await create(server, map('not-asked'));
    } finally {
      await ask(server, `DELETE ${configurations}/hook`);
      await webhook.close();
    }
  });

  it('shows events in both groups', async () => {
    await create(
      server,
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'e' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reason: 'Tested',
        note: 'it was tested',
        action: 'Test',
        type: 'Normal',
        reportingController: 'test',
        reportingInstance: 'test-0',
        regarding: { kind: 'ConfigMap', name: 'm', namespace: 'default' },
      },
      '/apis/events.k8s.io/v1/namespaces/default/events',
    );
    const core = '/api/v1/namespaces/default/events';
    const found = await ask(server, `GET ${core}?fieldSelector=involvedObject.name=m`);
    const [event] = found.body['items'] as Json[];
    assert.ok(event !== undefined);
    assert.equal(event['message'], 'it was tested');
    assert.equal((event['involvedObject'] as Json)['kind'], 'ConfigMap');
  });
});

/** A server in its own process, so that it can be killed. */
async function spawnServer(folder: string): Promise<Client & { kill(): Promise<void> }> {
  const code = `
    import { startApiServer } from '@radondb/box/api-server/index';
    const quiet = { debug() {}, info() {}, warn() {} };
    const server = await startApiServer({ dataDir: process.argv[1], log: quiet, signal: new AbortController().signal });
    console.log(JSON.stringify({ url: server.url, caPem: server.caPem, token: server.token }));`;
  const child = spawn(
    process.execPath,
    ['--conditions=@radondb/source', '--input-type=module', '--eval', code, folder],
    { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    ...(JSON.parse(line.toString()) as Client),
    kill: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

describe("the box's API server, killed", () => {
  it('has everything it acknowledged, and sends watchers of the past to a new list', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'radondb-box-api-'));
    try {
      const first = await spawnServer(folder);
      const acknowledged: string[] = [];
      const killed = new AbortController();
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let index = 0; !killed.signal.aborted; index += 1) {
          const name = `m-${writer}-${index}`;
          const { code } = await ask(first, `POST ${MAPS}`, map(name)).catch(() => ({ code: 0 }));
          if (code === 201) acknowledged.push(name);
        }
      });
      await eventually('some writes', () => Promise.resolve(acknowledged.length > 100));
      const before = await ask(first, `GET ${MAPS}?limit=1`);
      const revision = String((before.body['metadata'] as Json)['resourceVersion']);
      await eventually('more writes', () => Promise.resolve(acknowledged.length > 150));
      await first.kill();
      killed.abort();
      await Promise.all(writers);

      const second = await spawnServer(folder);
      try {
        const { body } = await ask(second, `GET ${MAPS}`);
        const names = new Set(
          (body['items'] as { metadata: { name: string } }[]).map((one) => one.metadata.name),
        );
        assert.deepEqual(
          acknowledged.filter((name) => !names.has(name)),
          [],
        );
        assert.equal(second.token, first.token);
        const late = await ask(second, `GET ${MAPS}?watch=true&resourceVersion=${revision}`);
        assert.equal(late.code, 410);
        assert.equal(late.body['reason'], 'Expired');
      } finally {
        await second.kill();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
