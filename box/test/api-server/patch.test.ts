import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyJsonPatch } from '../../src/api-server/patch/json-patch.ts';
import { applyMergePatch } from '../../src/api-server/patch/merge-patch.ts';
import { applyStrategicMerge } from '../../src/api-server/patch/strategic-merge.ts';
import type { Schema } from '../../src/api-server/schema/schema.ts';

describe('a JSON patch', () => {
  const document = { a: { b: [1, 2], 'x/y': 1 } };
  const patched = (...operations: object[]) => applyJsonPatch(document, operations);
  it('does every operation, in order', () => {
    assert.deepEqual(patched({ op: 'add', path: '/a/b/1', value: 9 }), {
      a: { b: [1, 9, 2], 'x/y': 1 },
    });
    assert.deepEqual(patched({ op: 'add', path: '/a/b/-', value: 9 }), {
      a: { b: [1, 2, 9], 'x/y': 1 },
    });
    assert.deepEqual(patched({ op: 'replace', path: '/a/b/0', value: 9 }), {
      a: { b: [9, 2], 'x/y': 1 },
    });
    assert.deepEqual(patched({ op: 'remove', path: '/a/x~1y' }), { a: { b: [1, 2] } });
    assert.deepEqual(patched({ op: 'move', from: '/a/b', path: '/c' }), {
      a: { 'x/y': 1 },
      c: [1, 2],
    });
    assert.deepEqual(patched({ op: 'copy', from: '/a/b/0', path: '/c' }), { ...document, c: 1 });
    assert.deepEqual(document, { a: { b: [1, 2], 'x/y': 1 } });
  });
  it('is refused as a whole when a part does not fit', () => {
    for (const operation of [
      { op: 'remove', path: '/none' },
      { op: 'replace', path: '/none', value: 1 },
      { op: 'test', path: '/a/b/0', value: 2 },
      { op: 'add', path: '/a/b/7', value: 1 },
      { op: 'add', path: '/no/where', value: 1 },
      { op: 'dance', path: '/a' },
    ]) {
      assert.throws(() => patched(operation), /rejected our request/, JSON.stringify(operation));
    }
  });
});

describe('a merge patch', () => {
  it('follows the examples of RFC 7386', () => {
    const cases: [unknown, unknown, unknown][] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: 'foo' }, null, null],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ];
    for (const [document, patch, expected] of cases)
      assert.deepEqual(applyMergePatch(document, patch), expected);
  });
});

describe('a strategic merge patch', () => {
  const schema: Schema = {
    type: 'object',
    properties: {
      items: {
        type: 'array',
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-patch-merge-key': 'name',
        items: { type: 'object', properties: { name: { type: 'string' }, v: { type: 'integer' } } },
      },
      words: { type: 'array', 'x-kubernetes-patch-strategy': 'merge', items: { type: 'string' } },
      plain: { type: 'array', items: { type: 'string' } },
    },
  };
  const document = {
    items: [
      { name: 'a', v: 1 },
      { name: 'b', v: 2 },
    ],
    words: ['x'],
    plain: ['p'],
  };
  const patched = (patch: Record<string, unknown>) => applyStrategicMerge(document, patch, schema);
  it('merges lists by their key and replaces others', () => {
    assert.deepEqual(patched({ items: [{ name: 'b', v: 3 }], words: ['y'], plain: ['q'] }), {
      items: [
        { name: 'a', v: 1 },
        { name: 'b', v: 3 },
      ],
      words: ['x', 'y'],
      plain: ['q'],
    });
  });
  it('knows its directives', () => {
    assert.deepEqual(patched({ items: [{ name: 'a', $patch: 'delete' }] })['items'], [
      { name: 'b', v: 2 },
    ]);
    assert.deepEqual(patched({ items: [{ $patch: 'replace' }, { name: 'c' }] })['items'], [
      { name: 'c' },
    ]);
    assert.deepEqual(patched({ '$deleteFromPrimitiveList/words': ['x'] })['words'], []);
    assert.deepEqual(
      patched({
        '$setElementOrder/items': [{ name: 'b' }, { name: 'a' }],
        items: [{ name: 'a', v: 9 }],
      })['items'],
      [
        { name: 'b', v: 2 },
        { name: 'a', v: 9 },
      ],
    );
    assert.deepEqual(patched({ $retainKeys: ['words'], words: ['z'] }), { words: ['x', 'z'] });
  });
});
