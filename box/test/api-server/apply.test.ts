import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  difference,
  fromFieldsV1,
  intersection,
  isEmpty,
  toFieldsV1,
  union,
} from '../../src/api-server/apply/field-set.ts';
import {
  serverSideApply,
  trackUpdate,
  type Writer,
} from '../../src/api-server/apply/server-side-apply.ts';
import { compare, merge } from '../../src/api-server/apply/typed.ts';
import type { KubeObject } from '../../src/api-server/object.ts';
import type { Schema } from '../../src/api-server/schema/schema.ts';
import { StatusError } from '../../src/api-server/status-error.ts';
import { fc } from '../fast-check.ts';

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        a: { type: 'string' },
        b: { type: 'string' },
        map: { type: 'object', additionalProperties: { type: 'string' } },
        whole: {
          type: 'object',
          additionalProperties: { type: 'string' },
          'x-kubernetes-map-type': 'atomic',
        },
        keyed: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, value: { type: 'string' } },
          },
        },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        list: { type: 'array', items: { type: 'string' } },
      },
    },
  },
};

function writer(manager: string): Writer {
  return {
    manager,
    apiVersion: 'x/v1',
    subresource: '',
    now: '2026-01-01T00:00:00Z',
    schema: SCHEMA,
    ignores: () => false,
  };
}

function config(spec: Record<string, unknown>): KubeObject {
  return { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, spec };
}

function apply(
  live: KubeObject | null,
  manager: string,
  spec: Record<string, unknown>,
  force = false,
): KubeObject {
  const { object, managedFields } = serverSideApply(live, config(spec), writer(manager), force);
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

describe('server-side apply', () => {
  it('keeps what others applied and removes what is no longer applied', () => {
    let live = apply(null, 'alice', {
      a: '1',
      map: { x: '1' },
      keyed: [{ name: 'k', value: '1' }],
      set: ['s'],
    });
    live = apply(live, 'bob', { map: { y: '2' }, keyed: [{ name: 'l' }], set: ['t'] });
    live = apply(live, 'alice', { a: '1' });
    assert.deepEqual(live['spec'], { a: '1', map: { y: '2' }, keyed: [{ name: 'l' }], set: ['t'] });
  });

  it('replaces atomic lists and maps as a whole', () => {
    let live = apply(null, 'alice', { list: ['a'], whole: { x: '1' } });
    live = apply(live, 'alice', { list: ['b'], whole: { y: '1' } });
    assert.deepEqual(live['spec'], { list: ['b'], whole: { y: '1' } });
  });

  it('refuses to take a field without force, and names the owner', () => {
    const live = apply(null, 'alice', { a: '1', b: '1' });
    assert.throws(
      () => apply(live, 'bob', { a: '2', b: '2' }),
      (error) => {
        assert.ok(error instanceof StatusError);
        assert.equal(error.status.code, 409);
        assert.deepEqual(
          error.status.details?.causes?.map((one) => one.field),
          ['.spec.a', '.spec.b'],
        );
        return true;
      },
    );
    const taken = apply(live, 'bob', { a: '2' }, true);
    assert.deepEqual(taken['spec'], { a: '2', b: '1' });
    assert.doesNotThrow(() => apply(taken, 'alice', { b: '1' }));
  });

  it('shares a field that both set alike', () => {
    let live = apply(null, 'alice', { a: '1' });
    live = apply(live, 'bob', { a: '1' });
    live = apply(live, 'alice', {});
    assert.deepEqual(live['spec'], { a: '1' });
  });

  it('leaves what an update set when an applier drops it', () => {
    let live = apply(null, 'alice', { a: '1', b: '1' });
    const next = { ...live, spec: { a: '2', b: '1' } };
    const managedFields = trackUpdate(live, next, writer('carol'));
    live = { ...next, metadata: { ...live.metadata, managedFields } };
    live = apply(live, 'alice', { b: '1' });
    assert.deepEqual(live['spec'], { a: '2', b: '1' });
  });

  it('changes nothing when it is repeated', () => {
    const spec = {
      a: '1',
      map: { x: '1' },
      keyed: [{ name: 'k', value: 'v' }],
      set: ['s'],
      list: ['l'],
    };
    const once = apply(null, 'alice', spec);
    assert.deepEqual(apply(once, 'alice', spec), once);
  });
});

// An empty list or map is owned in ways of its own, as in structured-merge-diff: there are none here.
const anySpec = fc
  .record(
    {
      a: fc.constantFrom('1', '2'),
      map: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('1', '2'), { minKeys: 1 }),
      keyed: fc.uniqueArray(
        fc.record({ name: fc.constantFrom('k', 'l', 'm'), value: fc.constantFrom('1', '2') }),
        {
          selector: (one) => one.name,
          minLength: 1,
        },
      ),
      set: fc.uniqueArray(fc.constantFrom('s', 't', 'u'), { minLength: 1 }),
    },
    { requiredKeys: [] },
  )
  // fast-check's objects have no prototype, JSON's have.
  .map((spec) => JSON.parse(JSON.stringify(spec)) as typeof spec);

describe('server-side apply of any configurations', () => {
  it('always ends with what was applied by force last', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('alice', 'bob'), anySpec), { minLength: 1 }),
        (steps) => {
          let live: KubeObject | null = null;
          for (const [manager, spec] of steps) {
            live = apply(live, manager, spec, true);
            // Laying the same configuration over the result changes nothing.
            assert.deepEqual(
              merge(live['spec'], spec, SCHEMA.properties?.['spec']) ?? {},
              live['spec'] ?? {},
            );
          }
        },
      ),
    );
  });

  it('leaves nothing when everybody lets go', () => {
    fc.assert(
      fc.property(anySpec, anySpec, (one, two) => {
        let live = apply(null, 'alice', one, true);
        live = apply(live, 'bob', two, true);
        live = apply(live, 'alice', {}, true);
        live = apply(live, 'bob', {}, true);
        const left = Object.entries((live['spec'] ?? {}) as Record<string, unknown>);
        assert.deepEqual(left, []);
      }),
    );
  });

  it('finds no difference between an object and itself', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const { added, modified, removed } = compare({ spec }, structuredClone({ spec }), SCHEMA);
        assert.ok([added, modified, removed].every(isEmpty));
      }),
    );
  });
});

describe('a field set', () => {
  const one = fromFieldsV1({
    'f:a': {},
    'f:m': { '.': {}, 'f:x': {} },
    'f:l': { 'k:{"n":1}': { '.': {}, 'f:n': {} } },
  });
  const two = fromFieldsV1({ 'f:a': {}, 'f:m': { 'f:y': {} } });
  it('is written as it was read', () => {
    assert.deepEqual(toFieldsV1(fromFieldsV1(toFieldsV1(one))), toFieldsV1(one));
  });
  it('is combined path by path', () => {
    assert.deepEqual(toFieldsV1(intersection(one, two)), { 'f:a': {} });
    assert.deepEqual(toFieldsV1(difference(two, one)), { 'f:m': { 'f:y': {} } });
    assert.deepEqual(toFieldsV1(union(one, two))['f:m'], { '.': {}, 'f:x': {}, 'f:y': {} });
  });
});
