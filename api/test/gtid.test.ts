import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  collectGtids,
  containsGtids,
  countGtids,
  EMPTY_GTIDS,
  equalGtids,
  formatGtidSet,
  type Gtid,
  GtidSetBuilder,
  GtidSyntaxError,
  gtidsOfUuid,
  intersectGtids,
  isEmptyGtids,
  parseGtidSet,
  singleGtid,
  subtractGtids,
  unionGtids,
  uuidsOfGtids,
  withoutUuid,
} from '../src/gtid.ts';

const A = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const B = '4e11fa47-71ca-11e1-9e33-c80aa9429562';

const aGtid = fc.record({
  uuid: fc.constantFrom(A, B),
  tag: fc.constantFrom(undefined, 'radondb', 'zoo'),
  number: fc.integer({ min: 1, max: 25 }),
});
const someGtids = fc.array(aGtid, { maxLength: 60 });

const key = (gtid: Gtid): string => `${gtid.uuid}:${gtid.tag ?? ''}:${gtid.number}`;
const asModel = (gtids: readonly Gtid[]): Set<string> => new Set(gtids.map(key));

/** The slow way from a set to its members: over its text, number by number. */
function modelOf(set: { toString(): string }): Set<string> {
  const model = new Set<string>();
  for (const part of set.toString().split(',')) {
    let tag = '';
    const [uuid, ...pieces] = part.split(':');
    for (const piece of pieces) {
      if (!/^\d/.test(piece)) {
        tag = piece;
        continue;
      }
      const [start = 0, end = start] = piece.split('-').map(Number);
      for (let n = start; n <= end; n += 1) model.add(`${uuid}:${tag}:${n}`);
    }
  }
  return model;
}

describe('a GTID set', () => {
  it('prints in the order of the server: uuids, then untagged, then tags', () => {
    const text = ` ${B.toUpperCase()}:4 ,\n${A}:Zoo:3-4:1-2:7:Abc:9:5,${A}:8:1-5:6,, `;
    assert.equal(formatGtidSet(parseGtidSet(text)), `${A}:1-6:8:abc:5:9:zoo:1-4:7,${B}:4`);
  });

  it('is its text in strings and in JSON', () => {
    const set = parseGtidSet(`${A}:1-3`);
    assert.equal(`${set}`, `${A}:1-3`);
    assert.equal(JSON.stringify({ set }), `{"set":"${A}:1-3"}`);
  });

  it('is empty when its text is empty', () => {
    assert.equal(parseGtidSet(' \n'), EMPTY_GTIDS);
    assert.equal(formatGtidSet(EMPTY_GTIDS), '');
    assert.ok(isEmptyGtids(collectGtids([])));
    assert.ok(containsGtids(EMPTY_GTIDS, EMPTY_GTIDS));
  });

  it('takes numbers up to 2^53-1', () => {
    const set = parseGtidSet(`${A}:9007199254740991`);
    assert.equal(countGtids(set), 1);
    assert.equal(formatGtidSet(set), `${A}:9007199254740991`);
  });

  const bad: [string, string][] = [
    ['nonsense', 'nonsense'],
    [`${A}`, A],
    [`${A}:`, ''],
    [`${A}:0`, '0'],
    [`${A}:5-3`, '5-3'],
    [`${A}:1-`, '1-'],
    [`${A}:1 2`, '1 2'],
    [`${A}:tag`, 'tag'],
    [`${A}:tag:other:1`, 'tag'],
    [`${A}:1:ta-g:1`, 'ta-g'],
    [`${A}:${'t'.repeat(33)}:1`, 't'.repeat(33)],
    [`${A}:9007199254740992`, '9007199254740992'],
    [`${A}:1;${B}:1`, `1;${B}`],
    [`${A.slice(1)}:1`, A.slice(1)],
  ];
  for (const [text, part] of bad) {
    it(`refuses ${JSON.stringify(text)}, naming the bad part`, () => {
      assert.throws(
        () => parseGtidSet(text),
        (error) => error instanceof GtidSyntaxError && error.part === part,
      );
    });
  }

  it('knows its servers', () => {
    const set = parseGtidSet(`${A}:1-3:tag:4,${B}:1`);
    assert.deepEqual(uuidsOfGtids(set), [A, B]);
    assert.equal(`${gtidsOfUuid(set, A.toUpperCase())}`, `${A}:1-3:tag:4`);
    assert.equal(`${withoutUuid(set, A.toUpperCase())}`, `${B}:1`);
    assert.ok(isEmptyGtids(gtidsOfUuid(set, '00000000-0000-0000-0000-000000000000')));
  });
});

describe('the set operations agree with sets of single transactions', () => {
  it('collecting, counting and printing', () => {
    fc.assert(
      fc.property(someGtids, (gtids) => {
        const set = collectGtids(gtids);
        assert.deepEqual(modelOf(set), asModel(gtids));
        assert.equal(countGtids(set), asModel(gtids).size);
        assert.deepEqual(parseGtidSet(formatGtidSet(set)), set);
        assert.deepEqual(unionGtids(...gtids.map(singleGtid)), set);
      }),
    );
  });

  it('union, difference, intersection, containment, equality', () => {
    fc.assert(
      fc.property(someGtids, someGtids, (left, right) => {
        const [a, b] = [collectGtids(left), collectGtids(right)];
        const [x, y] = [asModel(left), asModel(right)];
        assert.deepEqual(modelOf(unionGtids(a, b)), x.union(y));
        assert.deepEqual(modelOf(subtractGtids(a, b)), x.difference(y));
        assert.deepEqual(modelOf(intersectGtids(a, b)), x.intersection(y));
        assert.equal(containsGtids(a, b), x.isSupersetOf(y));
        assert.equal(equalGtids(a, b), x.isSupersetOf(y) && y.isSupersetOf(x));
      }),
      { numRuns: 500 },
    );
  });

  it('results are canonical: the same members, the same object', () => {
    fc.assert(
      fc.property(someGtids, someGtids, (left, right) => {
        const [a, b] = [collectGtids(left), collectGtids(right)];
        const rest = subtractGtids(a, b);
        assert.deepEqual(unionGtids(rest, intersectGtids(a, b)), a);
        assert.deepEqual(collectGtids(left.filter((gtid) => !asModel(right).has(key(gtid)))), rest);
        assert.ok(equalGtids(unionGtids(gtidsOfUuid(a, A), withoutUuid(a, A)), a));
      }),
    );
  });
});

describe('GtidSetBuilder', () => {
  it('does not change what it has built', () => {
    const builder = new GtidSetBuilder().add({ uuid: A, number: 1 });
    const before = builder.build();
    builder.add({ uuid: A, number: 2 }).addInterval({ uuid: A, tag: 'T', start: 3, end: 9 });
    assert.equal(`${before}`, `${A}:1`);
    assert.equal(`${builder.build()}`, `${A}:1-2:t:3-9`);
  });

  it('refuses what is not a GTID', () => {
    for (const gtid of [
      { uuid: 'x', number: 1 },
      { uuid: A, number: 0 },
      { uuid: A, number: 1.5 },
      { uuid: A, tag: '1', number: 1 },
    ]) {
      assert.throws(() => singleGtid(gtid), GtidSyntaxError);
    }
    assert.throws(
      () => new GtidSetBuilder().addInterval({ uuid: A, start: 2, end: 1 }),
      GtidSyntaxError,
    );
  });

  it('reads a binlog of 300,000 transactions in a moment', () => {
    const builder = new GtidSetBuilder();
    const started = performance.now();
    for (let n = 1; n <= 100_000; n += 1) {
      builder.add({ uuid: A, number: n });
      builder.add({ uuid: B, number: 2 * n });
      builder.add({ uuid: A, tag: 'radondb', number: n });
    }
    assert.equal(countGtids(builder.build()), 300_000);
    assert.ok(performance.now() - started < 2000);
  });
});
