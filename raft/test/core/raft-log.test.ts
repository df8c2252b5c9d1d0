import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Entry, MemoryStorage, RaftLog } from '@radondb/raft/core';
import fc from 'fast-check';

const entry = (index: number, term: number): Entry => ({
  index,
  term,
  type: 'normal',
  data: new Uint8Array(0),
});

/** Terms never go down along a log. */
const terms = fc
  .array(fc.integer({ min: 1, max: 5 }), { maxLength: 12 })
  .map((list) => list.sort((a, b) => a - b));

function logOf(list: readonly number[]): RaftLog {
  const log = new RaftLog(new MemoryStorage(), Number.POSITIVE_INFINITY, () => undefined);
  log.append(list.map((term, i) => entry(i + 1, term)));
  return log;
}

const termsOf = (log: RaftLog): number[] =>
  Array.from({ length: log.lastIndex() }, (_, i) => log.term(i + 1) ?? 0);

describe('the log', () => {
  it('is more up to date exactly by last term, then length', () => {
    fc.assert(
      fc.property(terms, terms, (ours, theirs) => {
        const last = { index: theirs.length, term: theirs.at(-1) ?? 0 };
        const ourTerm = ours.at(-1) ?? 0;
        const expected =
          last.term > ourTerm || (last.term === ourTerm && last.index >= ours.length);
        assert.equal(logOf(ours).isUpToDate(last), expected);
      }),
    );
  });

  it('keeps what it has when an old append comes again', () => {
    fc.assert(
      fc.property(terms, fc.nat(12), fc.nat(12), (list, start, count) => {
        const log = logOf(list);
        const from = Math.min(start, list.length);
        const again = list.slice(from, from + count).map((term, i) => entry(from + i + 1, term));
        const previous = { index: from, term: log.term(from) ?? 0 };
        assert.equal(log.maybeAppend(previous, again, 0), from + again.length);
        assert.deepEqual(termsOf(log), list);
      }),
    );
  });

  it('never commits past what an append verified', () => {
    fc.assert(
      fc.property(terms, fc.nat(12), fc.nat(30), (list, at, commit) => {
        const log = logOf(list);
        const from = Math.min(at, list.length);
        log.maybeAppend({ index: from, term: log.term(from) ?? 0 }, [], commit);
        assert.equal(log.committed, Math.min(from, commit));
      }),
    );
  });

  it('becomes equal to the leader from every common prefix on', () => {
    fc.assert(
      fc.property(terms, terms, (ours, leaders) => {
        const log = logOf(ours);
        let common = 0;
        while (common < ours.length && ours[common] === leaders[common]) common += 1;
        const rest = leaders.slice(common).map((term, i) => entry(common + i + 1, term));
        fc.pre(rest.length > 0);
        log.maybeAppend({ index: common, term: log.term(common) ?? 0 }, rest, 0);
        const last = common + rest.length;
        assert.deepEqual(termsOf(log).slice(0, last), leaders);
      }),
    );
  });
});
