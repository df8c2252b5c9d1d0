import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aCluster, aReview } from './builders.ts';
import { fc } from './fast-check.ts';
import {
  type Answer,
  call,
  handshake,
  runWebhook,
  stopWebhook,
  type TestWebhook,
} from './running.ts';

/** What kube-apiserver can read: a review that answers the uid, or a Status with the HTTP code in it. */
function assertWellFormed(answer: Answer, uid?: unknown): void {
  const json = answer.json as Record<string, unknown> & { response?: Record<string, unknown> };
  assert.equal(typeof json, 'object', answer.text);
  assert.ok(answer.text.length < 1_000_000);
  assert.notEqual(answer.status, 500);
  if (answer.status !== 200) {
    assert.deepEqual([json['kind'], json['code']], ['Status', answer.status]);
    assert.match(String(json['message']), /\S/);
    return;
  }
  const response = json.response ?? {};
  assert.deepEqual([json['kind'], json['apiVersion']], ['AdmissionReview', 'admission.k8s.io/v1']);
  assert.equal(typeof response['allowed'], 'boolean');
  if (uid !== undefined) assert.equal(response['uid'], uid);
  const status = response['status'] as Record<string, unknown> | undefined;
  assert.equal(response['allowed'], status === undefined);
  // A 500 in a review is a defect of ours that was caught.
  assert.ok(status === undefined || [400, 403, 422].includes(Number(status['code'])), answer.text);
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'spec', 'a.b', '[0]', '\0', '\ud800'),
);
const garbage = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, -1, 2.5, 1e308, '', '9.7'),
    text,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(text, tie('node'), { maxKeys: 4 }),
  ),
})).node;
const maybe = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: garbage });

const record = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
  maybe(fc.record(model, { requiredKeys: [] }));
const spec = record({
  replicas: maybe(fc.integer()),
  mysql: record({
    version: maybe(fc.constantFrom('9.7', '8.4')),
    image: maybe(text),
    config: maybe(
      fc.dictionary(
        fc.oneof(text, fc.constantFrom('max_connections', 'sync_binlog', 'sql-mode')),
        garbage,
      ),
    ),
    resources: record({ limits: record({ memory: maybe(text) }), requests: garbage }),
  }),
  storage: record({ size: maybe(fc.constantFrom('1Gi', '9999999999Ti')), storageClassName: text }),
  ha: record({ failover: record({ delay: maybe(fc.constantFrom('1s', '9h')) }), durability: text }),
  pod: garbage,
  accounts: record({ namespaces: record({ from: text, selector: garbage }) }),
  clusterRef: record({ name: maybe(fc.constant('demo')), namespace: text }),
  user: text,
  hosts: maybe(fc.array(text)),
  grants: maybe(fc.array(record({ privileges: maybe(fc.array(text)), schema: text, table: text }))),
  tls: record({ require: text, issuer: text }),
  passwordSecretRef: record({ name: maybe(fc.constant('app')) }),
  name: text,
  characterSet: text,
  collation: text,
  deletionProtection: maybe(fc.boolean()),
});
const kindName = fc.constantFrom('MysqlCluster', 'MysqlUser', 'MysqlDatabase');
const object = record({
  apiVersion: maybe(fc.constant('radondb.com/v1')),
  kind: maybe(kindName),
  metadata: record({ name: maybe(fc.constant('demo')), generateName: text, labels: garbage }),
  spec,
});

describe('garbage through the real HTTPS server', () => {
  let webhook: TestWebhook;
  before(async () => {
    webhook = await runWebhook({ lookUp: { exists: async () => false } });
  });
  after(async () => {
    // Whatever came: it still works.
    const answer = await call(webhook, { body: JSON.stringify(aReview()) });
    assert.match(answer.text, /"allowed":true/);
    await stopWebhook(webhook);
  });
  const path = fc.constantFrom('/validate', '/default');

  it('in the shape of reviews is answered as a review', async () => {
    await fc.assert(
      fc.asyncProperty(
        path,
        maybe(kindName),
        maybe(fc.constantFrom('CREATE', 'UPDATE', 'DELETE')),
        object,
        object,
        async (where, kind, operation, now, before) => {
          const body = aReview({
            kind: { group: 'radondb.com', version: 'v1', kind },
            operation,
            object: now,
            oldObject: before,
          });
          const answer = await call(webhook, { path: where, body: JSON.stringify(body) });
          const known = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'].some((it) => it === operation);
          assert.equal(answer.status, known ? 200 : 400);
          assertWellFormed(answer, known ? '705ab4f5-6393-11e8-b7cc-42010a800002' : undefined);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('in the place of any field of the envelope is answered', async () => {
    const fields = Object.keys(aReview()['request'] as object);
    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom(...fields), garbage, async (where, field, value) => {
        const body = JSON.stringify(aReview({ [field]: value }));
        assertWellFormed(await call(webhook, { path: where, body }));
      }),
      { numRuns: 200 },
    );
  });

  it('of bytes, whole or as a review with some bytes changed, is answered', async () => {
    const good = Buffer.from(JSON.stringify(aReview({ object: aCluster({ replicas: 3 }) })));
    const broken = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(good);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const bytes = fc.oneof(
      broken,
      fc.uint8Array({ maxLength: 2_000 }).map((it) => Buffer.from(it)),
      fc.nat(good.length).map((length) => good.subarray(0, length)),
    );
    await fc.assert(
      fc.asyncProperty(path, bytes, async (where, body) => {
        assertWellFormed(await call(webhook, { path: where, body }));
      }),
      { numRuns: 300 },
    );
  });

  it('of JSON that is deep, wide or long is answered in time', async () => {
    const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    const wide = JSON.stringify(Array.from({ length: 200_000 }, (_, index) => [index]));
    const keys = `{${Array.from({ length: 19_000 }, (_, i) => `"k${i}":[]`).join(',')}}`;
    const values = [
      nested(100_000),
      `${'['.repeat(500_000)}${']'.repeat(500_000)}`,
      wide,
      keys,
      JSON.stringify('x'.repeat(3_000_000)),
      `{"mysql":{"config":${keys}}}`,
      `{"mysql":{"config":{"init_connect":${JSON.stringify('y'.repeat(3_000_000))}}}}`,
      `{"pod":{"labels":${keys}}}`,
    ];
    for (const value of values) {
      for (const kind of ['MysqlCluster', 'MysqlUser', 'MysqlDatabase']) {
        const object = `{"apiVersion":"radondb.com/v1","kind":"${kind}","metadata":{"name":"demo"},"spec":${value}}`;
        const review = JSON.stringify(
          aReview({ kind: { group: 'radondb.com', version: 'v1', kind }, object: '@' }),
        );
        // `call` fails after ten seconds.
        const answer = await call(webhook, { body: review.replace('"@"', () => object) });
        assert.equal(answer.status, 200);
        assertWellFormed(answer);
        assert.match(answer.text, /"allowed":false/);
      }
    }
  });

  it('in the place of HTTP is answered or cut off', async () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'POST /validate HTTP/1.1',
        'content-length: 99999999999999999999',
        'content-length: -1',
        'transfer-encoding: chunked',
        'content-type: application/json',
        'expect: 100-continue',
        'upgrade: websocket',
        'connection: upgrade',
        'PRI * HTTP/2.0',
        '',
        'ffffffffffffffffff',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const socket = await handshake(webhook);
        await new Promise<void>((resolve, reject) => {
          socket.on('error', () => undefined).on('close', () => resolve());
          socket.resume().setTimeout(10_000, () => reject(new Error('left open')));
          socket.end(`${lines.join('\r\n')}\r\n\r\n`);
        });
      }),
      { numRuns: 100 },
    );
  });
});
