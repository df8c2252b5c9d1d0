import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { startWebhook } from '../src/server.ts';
import { aCluster, aReview } from './builders.ts';
import {
  call,
  callHealth,
  handshake,
  review,
  runWebhook,
  stopWebhook,
  type TestWebhook,
} from './running.ts';

describe('the server', () => {
  let webhook: TestWebhook;
  before(async () => {
    webhook = await runWebhook();
  });
  after(() => stopWebhook(webhook));

  it('answers a review in the shape that kube-apiserver reads', async () => {
    const { status, headers, json } = await call(webhook, {
      path: '/validate?timeout=5s',
      body: JSON.stringify(aReview()),
    });
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^application\/json/);
    assert.deepEqual(json, {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true },
    });
  });

  it('refuses with HTTP 200: the verdict is in the review', async () => {
    const body = aReview({ object: { ...aCluster(), spec: { replicas: 99 } } });
    for (const path of ['/validate', '/default']) {
      const { status, json } = await call(webhook, { path, body: JSON.stringify(body) });
      assert.equal(status, 200);
      const { response } = json as { response: { allowed: boolean; status: { code: number } } };
      assert.deepEqual([response.allowed, response.status.code], [false, 422]);
    }
  });

  const WRONG: readonly (readonly [string, Parameters<typeof call>[1], number, RegExp])[] = [
    ['what is not JSON', { body: '{"request":' }, 400, /not JSON/],
    ['no body', { body: '' }, 400, /must be an AdmissionReview/],
    ['JSON that is no review', { body: '7' }, 400, /must be an AdmissionReview/],
    [
      'Latin-1',
      { headers: { 'content-type': 'application/json; charset=latin1' }, body: '{}' },
      415,
      /UTF-8/,
    ],
    ['a form', { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415, /application\/json/],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' }, body: 'x' }, 415, /without/],
    ['more than 4 MiB', { body: Buffer.alloc(4 * 1024 * 1024 + 1, 32) }, 413, /4 MiB/],
    ['GET', { method: 'GET' }, 405, /use POST/],
    ['another path', { path: '/convert', body: '{}' }, 404, /\/validate/],
    ['a broken path', { path: '/%' }, 404, /\/validate/],
  ];
  for (const [name, options, status, message] of WRONG) {
    it(`answers ${name} with ${status} and a Status of Kubernetes`, async () => {
      const answer = await call(webhook, options);
      const json = answer.json as { kind: string; code: number; message: string };
      assert.deepEqual([answer.status, json.kind, json.code], [status, 'Status', status]);
      assert.match(json.message, message);
    });
  }

  it('takes a review of nearly 4 MiB', async () => {
    const object = { ...aCluster(), metadata: { name: 'demo', annotations: { a: '' } } };
    object.metadata.annotations.a = 'x'.repeat(4 * 1024 * 1024 - 2_000);
    assert.equal((await review(webhook, aReview({ object }))).allowed, true);
  });

  it('does not speak TLS 1.1', async () => {
    await assert.rejects(
      handshake(webhook, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
    );
    const socket = await handshake(webhook, { maxVersion: 'TLSv1.2' });
    assert.equal(socket.getProtocol(), 'TLSv1.2');
    socket.destroy();
  });

  it('lives on when plain text, half a handshake or nothing comes', async () => {
    for (const bytes of [
      'GET / HTTP/1.1\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01',
      '\0'.repeat(5_000),
      '',
    ]) {
      await new Promise<void>((resolve, reject) => {
        const socket = connectTcp(webhook.port, '127.0.0.1', () => socket.end(bytes));
        socket.resume().on('error', () => undefined);
        socket.on('close', () => resolve()).setTimeout(10_000, () => reject(new Error('open')));
      });
    }
    assert.equal((await review(webhook, aReview())).allowed, true);
  });

  it('tells probes that it is alive and ready, and counts', async () => {
    for (const path of ['/healthz', '/readyz']) {
      assert.deepEqual([path, (await callHealth(webhook, path)).status], [path, 200]);
    }
    const { text } = await callHealth(webhook, '/metrics');
    assert.match(
      text,
      /radondb_webhook_reviews_total\{path="validate",kind="MysqlCluster",result="refused"\} 1\n/,
    );
    assert.match(text, /radondb_webhook_rejected_requests_total\{status="413"\} 1\n/);
    assert.match(text, /radondb_webhook_review_duration_seconds_bucket/);
    assert.match(text, /radondb_webhook_certificate_expiry_timestamp_seconds \d/);
    assert.equal((await callHealth(webhook, '/')).status, 404);
  });

  it('does not make a series of every kind that is sent', async () => {
    const kind = { group: 'radondb.com', version: 'v1', kind: 'Nonsense"}' };
    await review(webhook, aReview({ kind }));
    assert.match(
      (await callHealth(webhook, '/metrics')).text,
      /kind="other",result="refused"\} 1\n/,
    );
  });

  it('says when its port is taken, and leaves nothing behind', async () => {
    const address = { host: '127.0.0.1', port: webhook.port };
    await assert.rejects(
      startWebhook({ tls: webhook.tls, listen: address, health: { ...address, port: 0 } }),
      { code: 'EADDRINUSE' },
    );
  });
});

describe('the end', () => {
  it('is announced first; requests are answered until then, and nothing listens afterwards', async () => {
    const webhook = await runWebhook();
    assert.equal((await review(webhook, aReview())).allowed, true);
    webhook.retire();
    assert.equal((await callHealth(webhook, '/readyz')).status, 503);
    const during = await call(webhook, { body: JSON.stringify(aReview()) });
    assert.deepEqual([during.status, during.headers.connection], [200, 'close']);
    await stopWebhook(webhook);
    await assert.rejects(call(webhook, { body: JSON.stringify(aReview()) }));
  });

  it('waits for a review that is under way', async () => {
    const webhook = await runWebhook();
    const socket = await handshake(webhook);
    const body = JSON.stringify(aReview());
    const head = `POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    let text = '';
    const ended = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('close', () => resolve());
    });
    socket.write(head + body.slice(0, 10));
    // An answer to another proves that the server has seen the first bytes.
    await review(webhook, aReview());
    const closed = webhook.close(10_000);
    socket.write(body.slice(10));
    await closed;
    await ended;
    assert.match(text, /^HTTP\/1\.1 200 .*"allowed":true/s);
    webhook.agent.destroy();
  });
});
