import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { suite, test } from 'node:test';
import {
  type CertificateSecrets,
  certificatesDigest,
  planCertificates,
  renewCertificates,
} from '../../src/certificates/certificates.ts';
import { isNothing } from '../../src/certificates/decide.ts';
import { AUTHORITY_LIFETIME_MS, LEAF_LIFETIME_MS } from '../../src/certificates/issue.ts';
import { memberLeaf } from '../../src/certificates/names.ts';

const NOW = Date.UTC(2026, 10, 22);
const CLUSTER = { name: 'demo', namespace: 'shop', members: ['demo-0', 'demo-1'] };
const NONE: CertificateSecrets = { authority: {}, members: {} };

const plan = (secrets: CertificateSecrets, ms: number, isSettled = true) =>
  planCertificates(CLUSTER, secrets, { ms, isSettled: () => isSettled });

async function next(secrets: CertificateSecrets, ms: number, isSettled = true) {
  const decision = plan(secrets, ms, isSettled);
  return { decision, secrets: await renewCertificates(CLUSTER, secrets, decision, ms) };
}

const trusts = (bundle: string, certificate: string): boolean =>
  bundle
    .split(/(?<=-----END CERTIFICATE-----)/)
    .filter((pem) => pem.includes('BEGIN'))
    .some((pem) => new X509Certificate(certificate).verify(new X509Certificate(pem).publicKey));

suite('certificates of a cluster', () => {
  test('are made whole, and then there is nothing to do', async () => {
    const { secrets, decision } = await next(NONE, NOW);
    assert.equal(decision.authority, 'make');
    assert.ok(isNothing(plan(secrets, NOW)));
    const member = new X509Certificate(secrets.members['demo-1.crt'] ?? '');
    assert.equal(member.subject, 'CN=member/demo-1');
    for (const name of [
      'demo-1',
      'demo-1.demo-members.shop.svc',
      'demo-primary.shop.svc',
      'demo-primary.shop.svc.cluster.local',
      'localhost',
    ])
      assert.equal(member.checkHost(name), name);
    const operator = new X509Certificate(secrets.authority['operator.crt'] ?? '');
    assert.equal(operator.subject, 'CN=operator/controller');
    assert.ok(operator.verify(new X509Certificate(secrets.authority['ca.crt'] ?? '').publicKey));
  });

  test("the authority's key is in no Secret that a pod mounts", async () => {
    const { secrets } = await next(NONE, NOW);
    const keys = Object.entries(secrets.members).map(([, text]) => text);
    assert.ok(keys.every((text) => text !== secrets.authority['ca.key']));
    assert.deepEqual(Object.keys(secrets.members).sort(), [
      'ca.crt',
      'demo-0.crt',
      'demo-0.key',
      'demo-1.crt',
      'demo-1.key',
    ]);
  });

  test('a leaf is renewed when a third of its life is left, under the same authority', async () => {
    const { secrets } = await next(NONE, NOW);
    assert.ok(isNothing(plan(secrets, NOW + LEAF_LIFETIME_MS * 0.6)));
    const later = NOW + LEAF_LIFETIME_MS * 0.7;
    const renewed = await next(secrets, later);
    assert.equal(renewed.decision.authority, 'keep');
    assert.equal(renewed.decision.leaves.length, 3);
    assert.ok(isNothing(plan(renewed.secrets, later)));
    assert.notEqual(
      certificatesDigest(renewed.secrets.members),
      certificatesDigest(secrets.members),
    );
  });

  test('a missing or damaged leaf is made again, the others are kept', async () => {
    const { secrets } = await next(NONE, NOW);
    for (const members of [
      { ...secrets.members, 'demo-0.crt': 'damaged' },
      { ...secrets.members, 'demo-0.key': undefined as unknown as string },
    ]) {
      const { decision, secrets: mended } = await next({ ...secrets, members }, NOW);
      assert.deepEqual(decision.leaves, [memberLeaf(CLUSTER, 'demo-0')]);
      assert.equal(mended.members['demo-1.crt'], secrets.members['demo-1.crt']);
    }
  });

  test('an authority is replaced in three steps, each only when all pods run with the one before', async () => {
    let { secrets } = await next(NONE, NOW);
    const late = NOW + AUTHORITY_LIFETIME_MS * 0.7;
    ({ secrets } = await next(secrets, NOW + AUTHORITY_LIFETIME_MS * 0.6));
    const first = secrets.members['demo-0.crt'] ?? '';
    const steps: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const waiting = plan(secrets, late, false);
      if (steps.length > 0) assert.equal(waiting.authority, 'keep', 'it waits for the pods');
      const step = await next(secrets, late);
      if (isNothing(step.decision)) break;
      const before = secrets.members;
      secrets = step.secrets;
      steps.push(step.decision.authority);
      // During a rolling restart some run with the former files and some with these: they must trust each other.
      const [was = '', is = ''] = [before['demo-0.crt'], secrets.members['demo-0.crt']];
      const [old = '', fresh = ''] = [before['ca.crt'], secrets.members['ca.crt']];
      assert.ok(trusts(old, is) && trusts(fresh, was), `after ${step.decision.authority}`);
    }
    assert.deepEqual(steps, ['add-next', 'promote-next', 'drop-old']);
    assert.ok(!trusts(secrets.members['ca.crt'] ?? '', first), 'the old authority is forgotten');
    assert.deepEqual(Object.keys(secrets.authority).sort(), [
      'ca.crt',
      'ca.key',
      'operator.crt',
      'operator.key',
    ]);
  });

  test('a controller that ends between the two Secrets is made up for', async () => {
    let { secrets } = await next(NONE, NOW);
    const half: CertificateSecrets = { authority: secrets.authority, members: {} };
    ({ secrets } = await next(half, NOW));
    assert.ok(isNothing(plan(secrets, NOW)));
    assert.equal(secrets.authority['ca.crt'], half.authority['ca.crt']);
  });
});
