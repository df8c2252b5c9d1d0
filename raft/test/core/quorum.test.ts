import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jointCommitted, jointVote, majorityCommitted, majorityVote } from '@radondb/raft/core';
import fc from 'fast-check';

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 7 });
const indexes = fc.dictionary(fc.constantFrom(...'123456789'), fc.nat(50));
const votesOf = fc.dictionary(fc.constantFrom(...'123456789'), fc.boolean());

/** The definition, by trying: the highest index that more than half have. */
function naive(voters: readonly number[], acked: Record<string, number>): number {
  for (let index = 50; index > 0; index--) {
    const holders = voters.filter((id) => (acked[id] ?? 0) >= index).length;
    if (holders > voters.length / 2) return index;
  }
  return 0;
}

describe('a quorum', () => {
  it('commits what the definition says', () => {
    fc.assert(
      fc.property(ids, indexes, (voters, acked) => {
        fc.pre(voters.length > 0);
        assert.equal(
          majorityCommitted(new Set(voters), (id) => acked[id]),
          naive(voters, acked),
        );
      }),
    );
  });

  it('joined with another commits what both have', () => {
    fc.assert(
      fc.property(ids, ids, indexes, (a, b, acked) => {
        const both = jointCommitted(new Set(a), new Set(b), (id) => acked[id]);
        const one = (voters: readonly number[]): number =>
          voters.length === 0 ? Number.POSITIVE_INFINITY : naive(voters, acked);
        assert.equal(both, Math.min(one(a), one(b)));
      }),
    );
  });

  it('is won or lost for good: more votes never change a decision', () => {
    fc.assert(
      fc.property(
        ids,
        ids,
        votesOf,
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (a, b, given, id, vote) => {
          const votes = new Map(Object.entries(given).map(([key, value]) => [Number(key), value]));
          const before = jointVote(new Set(a), new Set(b), votes);
          const more = new Map(votes);
          if (!more.has(id)) more.set(id, vote);
          const after = jointVote(new Set(a), new Set(b), more);
          if (before !== 'pending') assert.equal(after, before);
        },
      ),
    );
  });

  it('is never won by two candidates', () => {
    fc.assert(
      fc.property(ids, votesOf, (voters, given) => {
        fc.pre(voters.length > 0);
        const votes = new Map(voters.map((id) => [id, given[id] ?? false]));
        const against = new Map([...votes].map(([id, vote]) => [id, !vote]));
        const won = (one: Map<number, boolean>): boolean =>
          majorityVote(new Set(voters), one) === 'won';
        assert.ok(!(won(votes) && won(against)));
      }),
    );
  });
});
