import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { listenHttp } from '../../src/http/listen.ts';
import { createMetricsApp, type MetricsAppDeps } from '../../src/http/metrics-app.ts';
import { HOST } from './a-member.ts';

async function serve(t: TestContext, deps: Partial<MetricsAppDeps>): Promise<string> {
  const end = new AbortController();
  const app = createMetricsApp({
    health: () => ({ live: true, ready: true, why: '' }),
    metrics: async () => 'radondb_epoch 3\n',
    ...deps,
  });
  const listener = await listenHttp(app, { host: HOST, port: 0, signal: end.signal });
  t.after(async () => {
    end.abort();
    await listener.closed;
  });
  return `http://${HOST}:${listener.port}`;
}

test('a member that is well answers both probes', async (t) => {
  const url = await serve(t, {});
  for (const path of ['/healthz', '/readyz']) {
    const answer = await fetch(url + path);
    assert.deepEqual([answer.status, await answer.text()], [200, 'ok\n']);
  }
});

test('a member that is alive but not ready says why', async (t) => {
  const url = await serve(t, { health: () => ({ live: true, ready: false, why: 'it clones' }) });
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  const answer = await fetch(`${url}/readyz`);
  assert.deepEqual([answer.status, await answer.text()], [503, 'it clones\n']);
});

test('metrics are served as Prometheus text', async (t) => {
  const url = await serve(t, {});
  const answer = await fetch(`${url}/metrics`);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.equal(await answer.text(), 'radondb_epoch 3\n');
});

test('metrics that fail are a 500 without the reason', async (t) => {
  const url = await serve(t, { metrics: () => Promise.reject(new Error('hunter2')) });
  const answer = await fetch(`${url}/metrics`);
  assert.equal(answer.status, 500);
  assert.ok(!(await answer.text()).includes('hunter2'));
});

test('nothing else is there, and nothing can be changed', async (t) => {
  const url = await serve(t, {});
  assert.equal((await fetch(`${url}/v1/status`)).status, 404);
  assert.equal((await fetch(`${url}/healthz`, { method: 'POST' })).status, 404);
});
