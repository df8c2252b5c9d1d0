import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ConfChangeOp,
  type ConfChangeTransition,
  decodeConfChange,
  type Entry,
  type EntryType,
  encodeConfChange,
  type Message,
  message,
} from '@radondb/raft/core';
import { CodecError, crc32c, decodeMessage, encodeMessage } from '@radondb/raft/node';
import fc from 'fast-check';

const rec = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const number = fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER));
const entry: fc.Arbitrary<Entry> = rec({
  index: number,
  term: number,
  type: fc.constantFrom<EntryType>('normal', 'conf-change', 'conf-change-v2'),
  data: fc.uint8Array({ maxLength: 40 }),
});
const ids = fc.array(fc.nat(), { maxLength: 4 });
const snapshot = rec({
  index: number,
  term: number,
  confState: rec({
    voters: ids,
    votersOutgoing: ids,
    learners: ids,
    learnersNext: ids,
    autoLeave: fc.boolean(),
  }),
  data: fc.uint8Array({ maxLength: 40 }),
});
const anyMessage: fc.Arbitrary<Message> = rec({
  type: fc.constantFrom<Message['type']>('append', 'vote', 'snapshot', 'heartbeat', 'propose'),
  to: number,
  from: number,
  term: number,
  logTerm: number,
  index: number,
  commit: number,
  vote: number,
  rejectHint: number,
  readId: number,
  reject: fc.boolean(),
  transfer: fc.boolean(),
  entries: fc.array(entry, { maxLength: 4 }),
  snapshot: fc.option(snapshot),
}).map(message);

describe('the codec', () => {
  it('gives back every message', () => {
    fc.assert(fc.property(anyMessage, (m) => assert.deepEqual(decodeMessage(encodeMessage(m)), m)));
  });

  it('answers to any bytes with a message or a CodecError', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(anyMessage, fc.nat(), fc.nat(255)).map(([m, at, value]) => {
        const encoded = encodeMessage(m);
        encoded[at % encoded.length] = value;
        return encoded;
      }),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          decodeMessage(input);
        } catch (error) {
          assert.ok(error instanceof CodecError);
        }
      }),
    );
  });

  it('gives back every membership change', () => {
    const change = rec({
      transition: fc.constantFrom<ConfChangeTransition>('auto', 'implicit', 'explicit'),
      changes: fc.array(
        rec({
          op: fc.constantFrom<ConfChangeOp>('add-voter', 'add-learner', 'remove', 'update'),
          id: number,
        }),
        { maxLength: 5 },
      ),
      context: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(change, (one) => assert.deepEqual(decodeConfChange(encodeConfChange(one)), one)),
    );
  });
});

describe('crc32c', () => {
  it('gives the check value of the standard, and continues from a seed', () => {
    const text = Buffer.from('123456789');
    assert.equal(crc32c(text), 0xe3069283);
    assert.equal(crc32c(text.subarray(4), crc32c(text.subarray(0, 4))), 0xe3069283);
  });
});
