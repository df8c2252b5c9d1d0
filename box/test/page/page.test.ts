import assert from 'node:assert/strict';
import { request } from 'node:http';
import test from 'node:test';
import type { ClusterView } from '../../src/cluster/cluster-view.ts';
import { renderClusters } from '../../src/page/render.ts';
import { serveStatusPage } from '../../src/page/server.ts';
import { segmentsOf } from '../../src/page/timeline.ts';

const RECORD = {
  epoch: 2,
  kind: 'failover',
  cause: '<mysqld of demo-0 exited>',
  from: 'demo-0',
  to: 'demo-1',
  noticedAtMs: 1_000,
  revokedAtMs: 1_040,
  electedAtMs: 1_100,
  openedAtMs: 1_400,
  steps: [
    { name: 'drained', atMs: 1_150 },
    { name: 'barrier', atMs: 1_390 },
  ],
} as const;

const VIEW: ClusterView = {
  cluster: {
    apiVersion: 'radondb.com/v1',
    kind: 'MysqlCluster',
    metadata: { name: 'demo' },
    spec: {},
    status: {
      primary: 'demo-1',
      epoch: 2,
      members: [
        { name: 'demo-0', role: 'replica', state: 'failed', why: '<b>no</b>', fenced: false },
        { name: 'demo-1', role: 'primary', state: 'primary', why: 'serves', fenced: false },
      ],
    },
  },
  members: [],
  failovers: [RECORD],
};

test('a failover is told as what took how long, and adds up', () => {
  const segments = segmentsOf(RECORD);
  assert.deepEqual(
    segments.map((it) => [it.name, it.fromMs, it.durationMs]),
    [
      ['revoked', 0, 40],
      ['elected', 40, 60],
      ['drained', 100, 50],
      ['barrier', 150, 240],
      ['opened', 390, 10],
    ],
  );
});

test('what members say cannot become markup', () => {
  const page = renderClusters([VIEW]);
  assert.doesNotMatch(page, /<b>no|<mysqld/);
  assert.match(page, /&#60;b&#62;no/);
  assert.match(page, /400 ms/);
});

test('the page is read-only, answers loopback names only and allows nothing from elsewhere', async (t) => {
  const page = await serveStatusPage(0, () => [VIEW]);
  t.after(() => page.close());
  const ask = (headers: object, method = 'GET', path = '/') =>
    new Promise<{ status: number; csp: string; body: string }>((resolve, reject) => {
      const url = new URL(path, page.url);
      request(url, { method, headers: { ...headers } }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text: string) => (body += text));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            csp: String(answer.headers['content-security-policy']),
            body,
          }),
        );
      })
        .on('error', reject)
        .end();
    });
  const good = await ask({});
  assert.equal(good.status, 200);
  assert.match(good.body, /demo-1/);
  assert.match(good.csp, /default-src 'none'/);
  assert.equal((await ask({ host: 'evil.example:80' })).status, 421);
  assert.equal((await ask({ host: 'localhost:1' })).status, 200);
  assert.equal((await ask({}, 'POST')).status, 404);
});

test('an open page hears of changes', async (t) => {
  let view = VIEW;
  const page = await serveStatusPage(0, () => [view]);
  t.after(() => page.close());
  const answer = await fetch(new URL('/events', page.url));
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value ?? '', /event: update\ndata: ".*demo-1/);
  view = { ...VIEW, cluster: { ...VIEW.cluster, metadata: { name: 'other' } } };
  page.update();
  assert.match((await reader.read()).value ?? '', /other/);
  await reader.cancel();
});
