import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { containsGtids, isEmptyGtids, parseGtidSet, subtractGtids, unionGtids } from '@radondb/api';
import fc from 'fast-check';
import { beyond, isWholeAgain, planFollow } from '../../src/core/content.ts';
import { anyGtids, anyPrimaryship, aPrimaryship, gtids, uuid } from './builders.ts';

const second = aPrimaryship({
  epoch: 2,
  primary: 'B',
  uuid: uuid(2),
  base: gtids('1:1-5').toString(),
});

suite('what a follower does with what it holds', () => {
  test('nothing beyond base: it points and keeps its relay log', () => {
    const plan = planFollow({ kept: gtids('1:1-3'), relayed: gtids('1:4-5') }, second);
    assert.deepEqual(plan, { kind: 'point' });
  });

  test('what the primary itself wrote in its epoch is never void', () => {
    assert.equal(
      planFollow({ kept: gtids('1:1-5 2:1-4'), relayed: gtids('2:5') }, second).kind,
      'point',
    );
  });

  test('void in the relay log alone is trimmed, after what base has of it (I5, X12)', () => {
    const plan = planFollow({ kept: gtids('1:1-3'), relayed: gtids('1:4-7') }, second);
    assert.equal(plan.kind, 'trim');
    if (plan.kind !== 'trim') return;
    assert.equal(plan.void_.toString(), gtids('1:6-7').toString());
    assert.equal(plan.mustHold.toString(), gtids('1:1-5').toString());
  });

  test('void that is executed or in the binlog needs a clone', () => {
    const plan = planFollow({ kept: gtids('1:1-6'), relayed: gtids('') }, second);
    assert.equal(plan.kind, 'reseed');
    assert.equal(plan.kind === 'reseed' ? plan.void_.toString() : '', gtids('1:6').toString());
  });

  test('whatever is held: a plan to point leaves nothing void, a trim names exactly the void that is not executed', () => {
    fc.assert(
      fc.property(anyGtids(), anyGtids(), anyPrimaryship(), (kept, relayed, primaryship) => {
        const plan = planFollow({ kept, relayed }, primaryship);
        const all = unionGtids(kept, relayed);
        const wrong = beyond(all, primaryship);
        if (plan.kind === 'point') assert.ok(isEmptyGtids(wrong));
        if (plan.kind === 'reseed') assert.ok(!isEmptyGtids(beyond(kept, primaryship)));
        if (plan.kind !== 'trim') return;
        assert.equal(plan.void_.toString(), wrong.toString());
        assert.ok(containsGtids(all, plan.mustHold));
        assert.ok(containsGtids(parseGtidSet(primaryship.base), plan.mustHold));
        assert.ok(isEmptyGtids(subtractGtids(plan.mustHold, subtractGtids(all, plan.void_))));
      }),
      { numRuns: 500 },
    );
  });
});

suite('whole again (I8)', () => {
  test('by base of a later epoch', () => {
    assert.equal(isWholeAgain(1, gtids('1:1-5 2:1'), second), true);
  });
  test('not by base of the epoch of the loss (X9)', () => {
    assert.equal(isWholeAgain(2, gtids('1:1-5 2:1'), second), false);
  });
  test('not while a part of base is missing', () => {
    assert.equal(isWholeAgain(1, gtids('1:1-4'), second), false);
  });
});
