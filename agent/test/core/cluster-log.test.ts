import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  acknowledgementsFor,
  applyEntry,
  type ClusterEntry,
  currentPrimaryship,
  EMPTY_CLUSTER,
  FAILOVERS_KEPT,
  lastOpened,
  quorumOf,
} from '../../src/core/cluster-log.ts';
import { aCluster, anOpenCluster, anyEntry, elect, found, open, revoke } from './builders.ts';

function refusal(state: Parameters<typeof applyEntry>[0], entry: ClusterEntry): string {
  const result = applyEntry(state, entry);
  assert.equal(result.applied, false);
  assert.equal(result.state, state, 'a refused entry changes nothing');
  return result.applied ? '' : result.reason;
}

suite('the cluster log', () => {
  test('goes from founded through revoked and elected to open', () => {
    const state = anOpenCluster();
    assert.equal(state.phase, 'open');
    assert.equal(currentPrimaryship(state)?.primary, 'A');
    assert.deepEqual(state.config, { version: 1, voters: ['A', 'B', 'C'], w: 1 });
  });

  test('only the next epoch can be revoked', () => {
    const state = anOpenCluster();
    assert.match(refusal(state, revoke(1)), /does not follow/);
    assert.match(refusal(state, revoke(3)), /does not follow/);
    assert.match(refusal(EMPTY_CLUSTER, revoke(1)), /not founded/);
  });

  test('the first elect of an epoch wins (X11)', () => {
    const elected = anOpenCluster(revoke(2), elect(2, 'B'));
    assert.match(refusal(elected, elect(2, 'C')), /not revoked/);
    assert.equal(currentPrimaryship(elected)?.primary, 'B');
  });

  test('an elect for another epoch, without a revoke, or of a stranger is refused', () => {
    assert.match(refusal(anOpenCluster(revoke(2)), elect(1, 'B')), /epoch 2/);
    assert.match(refusal(anOpenCluster(), elect(1, 'B')), /not revoked/);
    assert.match(refusal(anOpenCluster(revoke(2)), elect(2, 'X')), /no voter/);
  });

  test('only the elected epoch opens, and once', () => {
    assert.match(refusal(anOpenCluster(revoke(2)), open(2)), /not elected/);
    assert.match(refusal(anOpenCluster(revoke(2), elect(2, 'B')), open(1)), /epoch 2/);
    assert.match(refusal(anOpenCluster(), open(1)), /not elected/);
  });

  test('the lineage holds the last opened epoch and all elected after it', () => {
    const state = anOpenCluster(revoke(2), elect(2, 'B'), revoke(3), revoke(4), elect(4, 'C'));
    assert.deepEqual(
      state.lineage.map((p) => p.epoch),
      [1, 2, 4],
    );
    assert.equal(lastOpened(state)?.epoch, 1);
    assert.deepEqual(
      aCluster(
        ...[found('A', 'B', 'C'), revoke(1), elect(1, 'A'), revoke(2), elect(2, 'B'), open(2)],
      ).lineage.map((p) => p.epoch),
      [2],
    );
  });

  test('members change only while open, in their epoch, with the next version and a W that I2 and the voters allow', () => {
    const members = (change: object): ClusterEntry => ({
      kind: 'members',
      epoch: 1,
      version: 2,
      voters: ['A', 'B', 'C', 'D', 'E'],
      w: 2,
      ...change,
    });
    assert.equal(applyEntry(anOpenCluster(), members({})).applied, true);
    assert.match(refusal(anOpenCluster(revoke(2)), members({ epoch: 2 })), /while epoch 2/);
    assert.match(refusal(anOpenCluster(), members({ epoch: 0 })), /epoch 0/);
    assert.match(refusal(anOpenCluster(), members({ version: 3 })), /does not follow/);
    assert.match(refusal(anOpenCluster(), members({ w: 1 })), /too small/);
    assert.match(refusal(anOpenCluster(), members({ w: 5 })), /never be gathered/);
    assert.match(refusal(anOpenCluster(), members({ voters: [], w: 0 })), /too small/);
  });

  test('a cluster is founded once', () => {
    assert.match(refusal(anOpenCluster(), found('X')), /founded already/);
    assert.match(refusal(EMPTY_CLUSTER, found()), /at least one/);
  });

  test('failover records tell what happened, and only the newest are kept', () => {
    const state = anOpenCluster(
      revoke(2, { cause: 'mysqld exited', atMs: 7 }),
      elect(2, 'B'),
      open(2),
    );
    const last = state.failovers.at(-1);
    assert.deepEqual(
      [last?.kind, last?.from, last?.to, last?.cause, last?.revokedAtMs],
      ['failover', 'A', 'B', 'mysqld exited', 7],
    );
    const many = Array.from({ length: FAILOVERS_KEPT + 10 }, (_, i) => revoke(i + 2));
    assert.equal(anOpenCluster(...many).failovers.length, FAILOVERS_KEPT);
  });

  test('any Q voters meet any acknowledged write: W + 1 + Q > N (I2)', () => {
    for (let n = 1; n <= 9; n += 1) {
      const w = acknowledgementsFor(n);
      assert.ok(w + 1 + quorumOf(n) > n, `N=${n} W=${w}`);
      assert.ok(n < 2 || w >= 1);
      assert.ok(w < n);
    }
    assert.deepEqual([1, 2, 3, 4, 5, 7].map(acknowledgementsFor), [0, 1, 1, 1, 2, 3]);
  });

  test('whatever entries come, in whatever order: epochs only grow, one primary per epoch, config versions only grow, a refusal changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyEntry(), { maxLength: 40 }), (entries) => {
        let state = EMPTY_CLUSTER;
        const elected = new Map<number, string>();
        for (const entry of entries) {
          const { state: next, applied } = applyEntry(state, entry);
          if (!applied) assert.equal(next, state);
          assert.ok(next.epoch === state.epoch || next.epoch === state.epoch + 1);
          assert.ok(next.config.version >= state.config.version);
          const current = currentPrimaryship(next);
          if (current !== null) {
            assert.equal(elected.get(current.epoch) ?? current.primary, current.primary);
            elected.set(current.epoch, current.primary);
            assert.ok(next.phase === 'elected' || next.phase === 'open');
          } else assert.ok(next.phase === 'none' || next.phase === 'revoked');
          assert.ok(next.lineage.filter((p) => p.barrier !== null).length <= 1);
          assert.deepEqual(
            next.lineage.map((p) => p.epoch),
            next.lineage.map((p) => p.epoch).sort((a, b) => a - b),
          );
          state = next;
        }
      }),
      { numRuns: 500 },
    );
  });
});
