import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { containsGtids, isEmptyGtids, parseGtidSet, subtractGtids, unionGtids } from '@radondb/api';
import fc from 'fast-check';
import {
  type Choice,
  choosePrimary,
  historyOf,
  type Promised,
  voidContent,
} from '../../src/core/choose.ts';
import type { ClusterState } from '../../src/core/cluster-log.ts';
import {
  aCluster,
  anOpenCluster,
  anyGtids,
  anyPrimaryship,
  aPrimaryship,
  aPromise,
  elect,
  found,
  gtids,
  open,
  revoke,
} from './builders.ts';

const revoked = anOpenCluster(revoke(2));

function elected(choice: Choice): string {
  assert.equal(choice.kind, 'elect', JSON.stringify(choice));
  return choice.kind === 'elect' ? choice.member : '';
}

function reason(choice: Choice): string {
  return choice.kind === 'elect' ? `elected ${choice.member}` : choice.reason;
}

suite('quorums of an election', () => {
  test('fewer than Q promises elect nobody (I3)', () => {
    const choice = choosePrimary(revoked, [aPromise('B', '1:1-9')]);
    assert.equal(reason(choice), 'NoFenceQuorum');
    assert.match(choice.kind === 'wait' ? choice.message : '', /missing: A, C/);
  });

  test('a promise of a reader counts for nothing', () => {
    const reader = aPromise('X', '1:1-9');
    assert.equal(reason(choosePrimary(revoked, [aPromise('B', '1:1-9'), reader])), 'NoFenceQuorum');
  });

  test('amnesiac voters promise, but do not make a data quorum (I8)', () => {
    const promises = [aPromise('B', '1:1-9'), aPromise('C', '1:1-4', { whole: false })];
    assert.equal(reason(choosePrimary(revoked, promises)), 'NoDataQuorum');
  });

  test('after a power loss of all, the disk of the last opened primary is enough (X4)', () => {
    const promises = [
      aPromise('A', '1:1-9', { whole: false, lastPrimaryEpoch: 1 }),
      aPromise('B', '1:1-4', { whole: false }),
    ];
    assert.equal(elected(choosePrimary(revoked, promises)), 'A');
  });

  test('the disk of an earlier primary, cloned since, is not enough', () => {
    const promises = [
      aPromise('A', '1:1-9', { whole: false, lastPrimaryEpoch: null }),
      aPromise('B', '1:1-4', { whole: false }),
    ];
    assert.equal(reason(choosePrimary(revoked, promises)), 'NoDataQuorum');
  });

  test('a disk that prepared a later epoch, elected in vain, is enough though others were elected after it', () => {
    const state = anOpenCluster(
      revoke(2),
      elect(2, 'B', '1:1-9'),
      revoke(3),
      elect(3, 'C', '1:1-9'),
      revoke(4),
    );
    const promises = [
      aPromise('B', '1:1-9 2:1', { whole: false, lastPrimaryEpoch: 2 }),
      aPromise('C', '1:1-4', { whole: false }),
    ];
    assert.equal(elected(choosePrimary(state, promises)), 'B');
  });

  test('the last opened primary keeps its rank when it was elected again in vain', () => {
    const state = anOpenCluster(
      revoke(2),
      elect(2, 'A', '1:1-9'),
      revoke(3),
      elect(3, 'C', '1:1-9'),
      revoke(4),
    );
    const promises = [
      aPromise('A', '1:1-10', { whole: false, lastPrimaryEpoch: 2 }),
      aPromise('B', '', { whole: false }),
    ];
    assert.equal(elected(choosePrimary(state, promises)), 'A');
  });

  test('before the first opening nothing can be missing: power loss does not end a cluster that never served', () => {
    const state = aCluster(found('A', 'B', 'C'), revoke(1));
    const promises = [aPromise('A', '', { whole: false }), aPromise('B', '', { whole: false })];
    assert.equal(elected(choosePrimary(state, promises)), 'A');
  });
});

suite('the choice among promises (I4)', () => {
  test('whoever holds everything is elected, with its whole content as base', () => {
    const choice = choosePrimary(revoked, [aPromise('B', '1:1-8'), aPromise('C', '1:1-9')]);
    assert.equal(elected(choice), 'C');
    assert.equal(choice.kind === 'elect' ? choice.base.toString() : '', gtids('1:1-9').toString());
  });

  test('the number of transactions decides nothing: void content is no merit', () => {
    const state = anOpenCluster(revoke(2), elect(2, 'B', '1:1-5'), open(2, '2:1'), revoke(3));
    const promises = [aPromise('A', '1:1-50'), aPromise('C', '1:1-5 2:1-2')];
    assert.equal(elected(choosePrimary(state, promises)), 'C');
  });

  test('an elected epoch of which nobody holds anything never happened (X5, lineage of elected epochs)', () => {
    const state = anOpenCluster(revoke(2), elect(2, 'B', '1:1-5'), revoke(3));
    const promises = [aPromise('A', '1:1-7'), aPromise('C', '1:1-5')];
    assert.equal(historyOf(state, promises)?.epoch, 1);
    assert.equal(elected(choosePrimary(state, promises)), 'A');
  });

  test('an elected epoch of which somebody holds something counts, though it never opened (X5, lineage of opened epochs)', () => {
    const state = anOpenCluster(revoke(2), elect(2, 'B', '1:1-5'), revoke(3));
    const promises = [aPromise('A', '1:1-7'), aPromise('C', '1:1-5 2:1')];
    assert.equal(historyOf(state, promises)?.epoch, 2);
    assert.equal(elected(choosePrimary(state, promises)), 'C');
  });

  test('when nobody holds everything it stops, says who is missing and touches nothing', () => {
    const choice = choosePrimary(revoked, [aPromise('B', '1:1-3 1:5'), aPromise('C', '1:1-4')]);
    assert.equal(reason(choice), 'Incomparable');
    assert.match(choice.kind === 'stop' ? choice.message : '', /Missing: A/);
  });

  test('a member that cannot serve is not elected, and the wait names it (I10)', () => {
    const choice = choosePrimary(revoked, [
      aPromise('B', '1:1-8'),
      aPromise('C', '1:1-9', { candidate: false }),
    ]);
    assert.equal(reason(choice), 'NoCandidate');
    assert.match(choice.kind === 'wait' ? choice.message : '', /only C holds every write/);
  });

  test('a data folder without a server_uuid is not elected: nobody could tell later what its epoch wrote', () => {
    const promises = [aPromise('B', '1:1-9', { uuid: '' }), aPromise('C', '1:1-9')];
    assert.equal(elected(choosePrimary(revoked, promises)), 'C');
    const alone = [aPromise('B', '1:1-9', { uuid: '' }), aPromise('C', '1:1-8')];
    assert.equal(reason(choosePrimary(revoked, alone)), 'NoCandidate');
  });

  test('automatic failover off: only the last primary', () => {
    const promises = [aPromise('A', '1:1-9'), aPromise('B', '1:1-9')];
    const only = { prefer: null, only: 'B' };
    assert.equal(elected(choosePrimary(revoked, promises, only)), 'B');
    assert.equal(
      reason(choosePrimary(revoked, promises, { prefer: null, only: 'C' })),
      'NoCandidate',
    );
  });
});

suite('the order among the equally safe', () => {
  const cases: readonly [string, Partial<Promised>, Partial<Promised>][] = [
    ['one that is live before one that must start', {}, { live: false }],
    ['the higher priority', { priority: 5 }, { priority: 1 }],
    ['one that has nothing to apply', {}, { executed: gtids('1:1-2') }],
    ['one whose purged binlogs the others do not need', {}, { purged: gtids('1:1-9 3:1') }],
  ];
  for (const [name, better, worse] of cases) {
    test(name, () => {
      for (const [b, c] of [
        [better, worse],
        [worse, better],
      ] as const) {
        const promises = [aPromise('B', '1:1-9', b), aPromise('C', '1:1-9', c)];
        assert.equal(elected(choosePrimary(revoked, promises)), b === better ? 'B' : 'C');
      }
    });
  }

  test('the preferred one, though its priority is lower', () => {
    const promises = [aPromise('B', '1:1-9', { priority: 9 }), aPromise('C', '1:1-9')];
    assert.equal(elected(choosePrimary(revoked, promises, { prefer: 'C', only: null })), 'C');
  });

  test('another holder before the one that was elected and could not open', () => {
    const state = anOpenCluster(revoke(2), elect(2, 'B', '1:1-9'), revoke(3));
    const promises = [aPromise('B', '1:1-9', { priority: 9 }), aPromise('C', '1:1-9')];
    assert.equal(elected(choosePrimary(state, promises)), 'C');
    const again = anOpenCluster(
      revoke(2),
      elect(2, 'B', '1:1-9'),
      revoke(3),
      elect(3, 'C', '1:1-9'),
      revoke(4),
    );
    assert.equal(elected(choosePrimary(again, promises)), 'B', 'and then the first again');
  });
});

suite('properties of the choice', () => {
  const states: readonly ClusterState[] = [
    revoked,
    anOpenCluster(revoke(2), elect(2, 'B', '1:1-4'), revoke(3)),
    anOpenCluster(
      revoke(2),
      elect(2, 'B', '1:1-4'),
      open(2, '2:1'),
      revoke(3),
      elect(3, 'C', '1:1-4 2:1-2'),
      revoke(4),
    ),
  ];
  const promises = fc
    .tuple(
      fc.subarray(['A', 'B', 'C'], { minLength: 1 }),
      fc.array(anyGtids(), { minLength: 3, maxLength: 3 }),
    )
    .map(([members, contents]) =>
      members.map((m, i) => ({ ...aPromise(m, ''), content: contents[i] ?? gtids('') })),
    );

  test('the elected has no void content and everything that is not void; the order of the answers does not matter', () => {
    fc.assert(
      fc.property(fc.constantFrom(...states), promises, (state, answers) => {
        const choice = choosePrimary(state, answers);
        assert.deepEqual(choosePrimary(state, [...answers].reverse()).kind, choice.kind);
        if (choice.kind !== 'elect') return;
        const history = historyOf(state, answers);
        assert.ok(isEmptyGtids(voidContent(choice.base, history)));
        for (const { content } of answers)
          assert.ok(
            containsGtids(choice.base, subtractGtids(content, voidContent(content, history))),
          );
      }),
      { numRuns: 1_000 },
    );
  });

  test('void is disjoint from base and from what the history’s primary wrote, and nothing else is missed', () => {
    fc.assert(
      fc.property(anyGtids(), anyPrimaryship(), (content, history) => {
        const wrong = voidContent(content, history);
        const valid = subtractGtids(content, wrong);
        assert.equal(unionGtids(wrong, valid).toString(), content.toString());
        assert.ok(isEmptyGtids(voidContent(valid, history)));
        assert.ok(
          isEmptyGtids(subtractGtids(wrong, subtractGtids(wrong, parseGtidSet(history.base)))),
        );
      }),
    );
  });

  test('without any history all content is void', () => {
    assert.equal(voidContent(gtids('1:1'), null).toString(), gtids('1:1').toString());
    assert.ok(
      isEmptyGtids(voidContent(gtids('1:1-3'), aPrimaryship({ base: gtids('1:1').toString() }))),
    );
  });
});
