import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AdmissionResponse,
  NotAReviewError,
  parseAdmissionReview,
} from '../src/review/admission-review.ts';
import { type Facts, NO_FACTS } from '../src/review/facts.ts';
import { reviewDefault, reviewValidate } from '../src/review.ts';
import { aCluster, aReview } from './builders.ts';

const validate = (changes: Record<string, unknown>, facts: Facts = NO_FACTS): AdmissionResponse =>
  reviewValidate(parseAdmissionReview(aReview(changes)), facts);
const mutate = (changes: Record<string, unknown>): AdmissionResponse =>
  reviewDefault(parseAdmissionReview(aReview(changes)));
const bad = {
  ...aCluster(),
  spec: { ha: { durability: 'none' }, mysql: { config: { sync_binlog: 0 } } },
};

describe('/validate', () => {
  it('lets a good cluster in, says nothing and echoes the uid', () => {
    assert.deepEqual(validate({}), { uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true });
  });

  it('refuses with every reason at once, in the words and the shape of kube-apiserver', () => {
    const { allowed, status } = validate({ object: bad });
    assert.equal(allowed, false);
    assert.deepEqual(status, {
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message:
        'MysqlCluster.radondb.com "demo" is invalid: [spec.ha.durability: must be one of "standard", "strict", not "none", ' +
        'spec.mysql.config.sync_binlog: is set by the operator, because an acknowledged write could be lost: remove it]',
      details: {
        name: 'demo',
        group: 'radondb.com',
        kind: 'MysqlCluster',
        causes: [
          {
            field: 'spec.ha.durability',
            reason: 'FieldValueNotSupported',
            message: 'must be one of "standard", "strict", not "none"',
          },
          {
            field: 'spec.mysql.config.sync_binlog',
            reason: 'FieldValueForbidden',
            message:
              'is set by the operator, because an acknowledged write could be lost: remove it',
          },
        ],
      },
    });
  });

  it('writes a single reason without brackets', () => {
    const { status } = validate({ object: { ...aCluster(), spec: { replicas: 99 } } });
    assert.match(
      String(status?.message),
      /^MysqlCluster\.radondb\.com "demo" is invalid: spec\.replicas: .*$/,
    );
  });

  it('answers a dry run as it answers the real thing', () => {
    assert.deepEqual(validate({ object: bad, dryRun: true }), validate({ object: bad }));
  });

  it('warns of what is allowed and that a person should know', () => {
    const { allowed, warnings } = validate({ object: aCluster({ replicas: 2 }) });
    assert.equal(allowed, true);
    assert.match(String(warnings), /^spec\.replicas: .*no automatic failover/);
  });

  it('gives three warnings at most; the last one names the fields of the others', () => {
    const missing = ['a', 'b', 'c'].map((name) => ({
      kind: 'Secret' as const,
      namespace: 'shop',
      name,
      field: `spec.${name}`,
    }));
    const { warnings = [] } = validate({ object: aCluster({ replicas: 2 }) }, { missing });
    assert.equal(warnings.length, 3);
    assert.equal(warnings[1], 'spec.a: there is no Secret a in namespace shop yet: create it');
    assert.equal(warnings[2], '2 more warnings, about spec.b, spec.c');
    for (const text of warnings) assert.ok(text.length <= 250);
  });

  it('compares an update with what was: what is fixed at creation stays', () => {
    const before = aCluster({ mysql: { config: { lower_case_table_names: 1 } } });
    const { status } = validate({
      operation: 'UPDATE',
      oldObject: before,
      object: aCluster({ mysql: { version: '8.4' } }),
    });
    assert.deepEqual(
      status?.details?.causes.map(({ field }) => field),
      ['spec.mysql.version', 'spec.mysql.config.lower_case_table_names'],
    );
  });

  it('tells an update that is bad by itself and forbidden as a change of both at once', () => {
    const before = aCluster({ mysql: { config: { lower_case_table_names: 1 } } });
    const { status } = validate({
      operation: 'UPDATE',
      oldObject: before,
      object: { ...aCluster(), spec: { mysql: { config: { sync_binlog: 0 } } } },
    });
    assert.deepEqual(
      status?.details?.causes.map(({ field }) => field),
      ['spec.mysql.config.sync_binlog', 'spec.mysql.config.lower_case_table_names'],
    );
  });

  it('checks an update of something that was stored in a shape of old by itself', () => {
    for (const oldObject of [{ spec: 'once a text' }, { spec: { gone: 1 } }, null, 7, []]) {
      assert.equal(validate({ operation: 'UPDATE', oldObject }).allowed, true);
      assert.equal(validate({ operation: 'UPDATE', oldObject, object: bad }).allowed, false);
    }
  });

  it('lets labels and finalizers of a bad stored object be changed', () => {
    const object = { ...bad, metadata: { ...bad.metadata, labels: { a: 'b' }, finalizers: [] } };
    assert.equal(validate({ operation: 'UPDATE', oldObject: bad, object }).allowed, true);
  });

  it('lets everything be changed on an object that is being deleted, so that nothing hangs', () => {
    const metadata = { name: 'demo', deletionTimestamp: '2026-11-22T00:00:00Z' };
    const object = { ...bad, metadata };
    assert.equal(validate({ operation: 'UPDATE', oldObject: aCluster(), object }).allowed, true);
  });

  it('lets status be written, whatever the spec is', () => {
    const request = { operation: 'UPDATE', subResource: 'status', object: bad, oldObject: null };
    assert.equal(validate(request).allowed, true);
    assert.equal(mutate(request).allowed, true);
  });

  it('refuses to delete what is protected, and says what to do first', () => {
    const oldObject = { ...aCluster(), spec: { deletionProtection: true } };
    const { allowed, status } = validate({ operation: 'DELETE', object: null, oldObject });
    assert.equal(allowed, false);
    assert.deepEqual([status?.code, status?.reason], [403, 'Forbidden']);
    assert.match(String(status?.message), /"demo" is forbidden: .*set it to false first/);
  });

  it('lets everything else be deleted, bad or not', () => {
    for (const oldObject of [aCluster(), bad, { spec: { deletionProtection: false } }, null]) {
      assert.equal(validate({ operation: 'DELETE', object: null, oldObject }).allowed, true);
    }
  });

  it('accepts a name that the API server is still to make up, and checks its beginning', () => {
    const generated = (generateName: string): unknown => ({
      ...aCluster(),
      metadata: { generateName },
    });
    assert.equal(validate({ object: generated('demo-'), name: '' }).allowed, true);
    assert.equal(validate({ object: generated('Demo-'), name: '' }).allowed, false);
    assert.equal(validate({ object: generated('d'.repeat(36)), name: '' }).allowed, false);
  });

  it('refuses a kind that it does not know, and says which it does', () => {
    const { allowed, status } = validate({
      kind: { group: 'radondb.com', version: 'v1', kind: 'Unknown' },
    });
    assert.equal(allowed, false);
    assert.equal(status?.code, 400);
    assert.match(
      String(status?.message),
      /does not check "radondb\.com\/v1, Unknown", but MysqlCluster/,
    );
  });

  it('does not look into what is too large or too deep', () => {
    let deep: unknown = {};
    for (let i = 0; i < 5_000; i += 1) deep = { deep };
    const wide = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, []]));
    for (const config of [deep, wide]) {
      const object = { ...aCluster(), spec: { mysql: { config } } };
      for (const response of [validate({ object }), mutate({ object })]) {
        assert.match(String(response.status?.message), /nested deeper|more than 20000 values/);
      }
    }
  });

  it('tells a hundred reasons and how many there are more', () => {
    const config = Object.fromEntries(Array.from({ length: 290 }, (_, i) => [`nonsense_${i}`, 1]));
    const { status } = validate({ object: { ...aCluster(), spec: { mysql: { config } } } });
    assert.equal(status?.details?.causes.length, 101);
    assert.match(String(status?.message), /object: and 190 more: mend these first\]$/);
  });
});

describe('/default', () => {
  it('pins the version of today when a cluster is made', () => {
    const { allowed, patchType, patch } = mutate({});
    assert.deepEqual([allowed, patchType], [true, 'JSONPatch']);
    assert.deepEqual(JSON.parse(Buffer.from(String(patch), 'base64').toString()), [
      { op: 'add', path: '/spec/mysql', value: { version: '9.7' } },
    ]);
  });

  it('keeps a version that was chosen', () => {
    assert.equal(mutate({ object: aCluster({ mysql: { version: '8.4' } }) }).patch, undefined);
  });

  it('adds nothing to an update', () => {
    const object = aCluster({ replicas: 5 });
    assert.deepEqual(mutate({ operation: 'UPDATE', oldObject: aCluster(), object }), {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: true,
    });
  });

  it('refuses what /validate refuses, in the same words: a schema error would hide the rest later', () => {
    assert.deepEqual(mutate({ object: bad }), validate({ object: bad }));
  });
});

describe('the envelope', () => {
  const CASES: readonly (readonly [string, unknown, RegExp])[] = [
    ['null', null, /must be an AdmissionReview/],
    ['a list', [], /must be an AdmissionReview/],
    ['v1beta1', { ...aReview(), apiVersion: 'admission.k8s.io/v1beta1' }, /admission\.k8s\.io\/v1/],
    ['no request', { ...aReview(), request: null }, /has no request/],
    ['no uid', aReview({ uid: '' }), /no uid/],
    ['a uid that is no text', aReview({ uid: {} }), /no uid/],
    ['a uid without end', aReview({ uid: 'u'.repeat(129) }), /no uid/],
    ['an unknown operation', aReview({ operation: 'PATCH' }), /operation .* must be one of/],
  ];
  for (const [name, body, message] of CASES) {
    it(`is refused: ${name}`, () => {
      assert.throws(
        () => parseAdmissionReview(body),
        (error) => error instanceof NotAReviewError && message.test(error.message),
      );
    });
  }
});
