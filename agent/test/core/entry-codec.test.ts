import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { applyEntry, EMPTY_CLUSTER } from '../../src/core/cluster-log.ts';
import {
  ClusterLogFormatError,
  decodeEntry,
  decodeState,
  encodeEntry,
  encodeState,
} from '../../src/core/entry-codec.ts';
import { anOpenCluster, anyEntry } from './builders.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

suite('bytes of the cluster log', () => {
  test('every entry and every state comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(anyEntry(), { maxLength: 12 }), (entries) => {
        let state = EMPTY_CLUSTER;
        for (const entry of entries) {
          assert.deepEqual(decodeEntry(encodeEntry(entry)), entry);
          state = applyEntry(state, entry).state;
        }
        assert.deepEqual(decodeState(encodeState(state)), state);
      }),
    );
  });

  for (const [what, data] of [
    ['no JSON', bytes('{')],
    ['no UTF-8', new Uint8Array([0xff, 0xfe])],
    ['a newer format', bytes('{"v":2,"entry":{"kind":"open"}}')],
    ['an unknown kind', bytes('{"v":1,"entry":{"kind":"merge"}}')],
    ['no entry', bytes('{"v":1}')],
    ['a snapshot', encodeState(anOpenCluster())],
  ] as const) {
    test(`an entry that is ${what} stops the agent: an entry skipped is a decision missed`, () => {
      assert.throws(() => decodeEntry(data), ClusterLogFormatError);
    });
  }

  test('a snapshot without a state is refused', () => {
    assert.throws(() => decodeState(bytes('{"v":1,"state":{}}')), ClusterLogFormatError);
    assert.throws(() => decodeState(bytes('null')), ClusterLogFormatError);
  });
});
