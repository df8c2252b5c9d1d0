import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { type ControlPlane, startControlPlane } from '../support/kube/control-plane.ts';
import { whyNoControlPlane } from '../support/kube/find.ts';
import { kubectl } from '../support/kube/kubectl.ts';
import {
  CERTIFICATE_NAMES,
  type CertificateStep,
  DEFAULT_CERTIFICATE_TIMES,
  type KeyAndCertificate,
  type KubeCall,
  kubeCertificateStore,
  type RunningWebhook,
  rotateCertificates,
  SECRET_KEYS,
  type SecretData,
  StoreConflictError,
  startWebhook,
  TlsHolder,
} from '../support/webhook/package.ts';
import {
  apply,
  applyKinds,
  mustSucceed,
  registrationAt,
  waitUntilAsked,
} from '../support/webhook/registered.ts';

const START_WITHIN_MS = 120_000;
const { authorityLifetimeMs } = DEFAULT_CERTIFICATE_TIMES;

describe('the certificates of the webhook in a real cluster', {
  skip: await whyNoControlPlane(),
}, () => {
  const signal = AbortSignal.timeout(280_000);
  const steps: CertificateStep['do'][] = [];
  let plane: ControlPlane;
  let webhook: RunningWebhook;
  let tls: TlsHolder;
  // The authority was made seven years ago, for ten years.
  let nowMs = Date.now() - authorityLifetimeMs * 0.7;
  let leafLifetimeMs = authorityLifetimeMs;

  const call: KubeCall = (wanted, ended) =>
    new Promise((resolve, reject) => {
      const sent = request(
        new URL(wanted.path, plane.url),
        {
          method: wanted.method,
          ca: plane.caPem,
          headers: {
            authorization: `Bearer ${plane.token}`,
            ...(wanted.contentType !== undefined && { 'content-type': wanted.contentType }),
          },
          signal: ended,
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', reject);
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
          });
        },
      );
      sent.on('error', reject);
      sent.end(wanted.body === undefined ? '' : JSON.stringify(wanted.body));
    });
  const store = kubeCertificateStore(call);
  const rotate = (): Promise<number> =>
    rotateCertificates({
      store,
      wishes: { names: ['127.0.0.1'], times: { ...DEFAULT_CERTIFICATE_TIMES, leafLifetimeMs } },
      now: () => nowMs,
      signal,
      onStep: (step) => steps.push(step.do),
    });
  const stored = async (): Promise<SecretData> => (await store.readSecret(signal))?.data ?? {};
  const leaf = async (): Promise<KeyAndCertificate> => {
    const data = await stored();
    return {
      certificate: data[SECRET_KEYS.certificate] ?? '',
      key: data[SECRET_KEYS.key] ?? '',
    };
  };

  before(async () => {
    plane = await startControlPlane({ signal: AbortSignal.timeout(START_WITHIN_MS) });
    await applyKinds(plane);
    await mustSucceed(plane, ['create', 'namespace', CERTIFICATE_NAMES.namespace]);
  });
  after(async () => {
    await webhook?.close(0);
    await plane?.stop();
  });

  it('are made and trusted: what was applied without a caBundle gets one', async () => {
    await rotate();
    assert.deepEqual(steps, ['start']);
    tls = new TlsHolder(await leaf());
    webhook = await startWebhook({ tls, listen: { host: '127.0.0.1', port: 0 } });
    await apply(plane, await registrationAt(webhook.port));
    await rotate();
    assert.deepEqual(steps, ['start', 'trust']);
    await waitUntilAsked(plane);
  });

  it('are not written over what somebody else has written since', async () => {
    const before = await store.readSecret(signal);
    assert.ok(before !== null);
    await assert.rejects(store.writeSecret(before.data, null, signal), StoreConflictError);
    await assert.rejects(store.writeSecret(before.data, '1', signal), StoreConflictError);
    assert.deepEqual(await store.readSecret(signal), before);
  });

  it('lose nothing to an apply of the manifests, and get back what a replace took', async () => {
    steps.length = 0;
    const registration = await registrationAt(webhook.port);
    await apply(plane, registration);
    await rotate();
    assert.deepEqual(steps, []);
    await mustSucceed(plane, ['replace', '-f', '-'], JSON.stringify(registration[0]));
    await rotate();
    assert.deepEqual(steps, ['trust']);
    await waitUntilAsked(plane);
  });

  it('are rotated, authority and all, while kube-apiserver asks on: no review fails', async () => {
    steps.length = 0;
    const manifest = JSON.stringify({
      apiVersion: 'radondb.com/v1',
      kind: 'MysqlCluster',
      metadata: { name: 'asked', namespace: 'default' },
      spec: { replicas: 3 },
    });
    const failures: string[] = [];
    let asked = 0;
    let asking = true;
    const ask = async (): Promise<void> => {
      while (asking) {
        const args = ['create', '--dry-run=server', '-f', '-'];
        const { code, stderr } = await kubectl(plane, args, { stdin: manifest, signal });
        if (code !== 0) failures.push(stderr);
        asked += 1;
      }
    };
    const running = Promise.all([ask(), ask()]);
    const more = async (): Promise<void> => {
      const target = asked + 4;
      while (asked < target) await new Promise(setImmediate);
    };
    try {
      nowMs = Date.now();
      leafLifetimeMs = DEFAULT_CERTIFICATE_TIMES.leafLifetimeMs;
      const authority = (await stored())[SECRET_KEYS.authority];
      for (let step = 0; step < 3; step += 1) {
        const untilMs = await rotate();
        // Between the writes of the Secret and the reading of it the old leaf is served.
        await more();
        tls.replace(await leaf());
        await more();
        nowMs = untilMs;
      }
      assert.notEqual((await stored())[SECRET_KEYS.authority], authority);
    } finally {
      asking = false;
      await running;
    }
    assert.deepEqual(steps, [
      'renew-leaf',
      'make-next-authority',
      'trust',
      'note-next-trusted',
      'switch-authority',
      'drop-previous',
      'trust',
    ]);
    assert.deepEqual(failures, []);
    // Of the old authority nothing is trusted any more, and the webhook is asked as before.
    await waitUntilAsked(plane);
  });
});
