import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BAD_SPECS, type BadSpec, manifestOf } from './support/webhook/bad-specs.ts';
import { parseAdmissionReview, reviewDefault, reviewValidate } from './support/webhook/package.ts';

const requestOf = (bad: BadSpec): ReturnType<typeof parseAdmissionReview> =>
  parseAdmissionReview({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u',
      kind: { group: 'radondb.com', version: 'v1', kind: bad.kind },
      namespace: 'default',
      operation: 'CREATE',
      object: manifestOf(bad),
    },
  });

describe('a bad spec is refused with every reason at once and exactly its fields', () => {
  for (const bad of BAD_SPECS) {
    it(`${bad.kind}: ${bad.name}`, () => {
      const request = requestOf(bad);
      const { allowed, status } = reviewValidate(request, { missing: [] });
      assert.equal(allowed, false);
      assert.deepEqual([status?.code, status?.reason], [422, 'Invalid']);
      assert.deepEqual(
        status?.details?.causes.map(({ field }) => field).sort(),
        [...bad.fields].sort(),
      );
      for (const field of bad.fields) assert.ok(status?.message.includes(`${field}: `), field);
      if (bad.says !== undefined) assert.match(String(status?.message), bad.says);
      // Where kube-apiserver would stop at the schema's findings, everything is said before.
      assert.deepEqual(reviewDefault(request), { uid: 'u', allowed, status });
    });
  }

  it('there are at least forty', () => assert.ok(BAD_SPECS.length >= 40, `${BAD_SPECS.length}`));
});
