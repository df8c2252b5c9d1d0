import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EMPTY_BYTES, type Entry, message, type RawNode } from '@radondb/raft/core';
import { Applier } from '#src/driver/applier';
import type { Persister } from '#src/driver/persister';
import type { Replica } from '#src/driver/replica';

const work = (...entries: Entry[]) => message({ type: 'storage-apply', entries });
const entry = (index: number, type: Entry['type']): Entry => ({
  ...{ index, term: 1, type, data: EMPTY_BYTES },
});

it('a membership is put in force only once the commit index behind it is durable', () => {
  const applied: number[] = [];
  const waiting: (() => void)[] = [];
  const persister = { durableCommit: 5, syncCommit: (then: () => void) => waiting.push(then) };
  const replica = {
    appliedIndex: 0,
    apply: (_: RawNode, { index }: Entry) => applied.push(index),
  };
  const applier = new Applier({
    node: {} as RawNode,
    replica: replica as unknown as Replica,
    persister: persister as unknown as Persister,
    run: (change) => change(),
    onApplied: () => undefined,
  });
  applier.add(work(entry(5, 'conf-change-v2')));
  applier.add(work(entry(6, 'normal'), entry(7, 'conf-change-v2')));
  applier.add(work(entry(8, 'normal')));
  assert.deepEqual(applied, [5]);
  persister.durableCommit = 7;
  for (const then of waiting) then();
  assert.deepEqual(applied, [5, 6, 7, 8]);
});
