import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COORDINATION_TIMES, coordinate, type LeaderDecision } from '../../src/core/coordinate.ts';
import {
  aCluster,
  aHealth,
  aLeaderView,
  anOpenCluster,
  aPromise,
  aSight,
  elect,
  found,
  revoke,
} from './builders.ts';

function because(decision: LeaderDecision): string {
  return decision.do === 'wait'
    ? decision.reason
    : decision.do === 'revoke'
      ? `revoke: ${decision.cause}`
      : decision.do === 'elect'
        ? `elect ${decision.choice.member}`
        : decision.do;
}

type Sight = Parameters<typeof aSight>[0];

/** The open cluster, with another sight of A. */
function whenA(
  sight: Sight,
  change: Parameters<typeof aLeaderView>[0] = {},
): ReturnType<typeof aLeaderView> {
  const view = aLeaderView({ self: 'B', ...change });
  return { ...view, members: new Map([...view.members, ['A', aSight(sight)]]) };
}

suite('the leader of an open cluster', () => {
  test('does nothing while the primary serves', () => {
    assert.equal(because(coordinate(aLeaderView())), 'Open');
  });

  test('hands leadership to the primary when all is well', () => {
    const decision = coordinate(aLeaderView({ self: 'B' }));
    assert.deepEqual(decision, { do: 'transfer-leadership', to: 'A' });
  });

  for (const [what, sight, cause] of [
    ['its mysqld has exited', { health: aHealth({ mysqld: 'exited' }) }, /mysqld of A exited/],
    ['its mysqld is down', { health: aHealth({ mysqld: 'down' }) }, /is down/],
    ['its connection broke', { disconnectedMs: 100 }, /connection to A broke/],
    ['it is silent', { silentMs: 1_200 }, /silent/],
    [
      'it does not let clients in',
      { notServingMs: COORDINATION_TIMES.openingMs + 1 },
      /does not serve/,
    ],
  ] as const) {
    test(`revokes when ${what}`, () => {
      assert.match(because(coordinate(whenA(sight))), cause);
    });
  }

  test('revokes when its mysqld hangs, though clients are still connected to it', () => {
    const health = aHealth({ mysqld: 'hung', serving: 1 });
    assert.match(because(coordinate(whenA({ health }))), /does not answer/);
  });

  test('revokes when its reports stay away while raft still hears its agent', () => {
    const health = aHealth({ serving: 1 });
    const long = COORDINATION_TIMES.reportMs + 1;
    assert.match(because(coordinate(whenA({ health, notServingMs: long }))), /reports no more/);
    const short = coordinate(whenA({ health, notServingMs: 1_500 }, { leaderForMs: 0 }));
    assert.equal(because(short), 'Open');
  });

  test('a leader that has never heard the primary gives it time', () => {
    const sight = { health: null, silentMs: Number.POSITIVE_INFINITY, notServingMs: 50 };
    assert.equal(because(coordinate(whenA(sight, { leaderForMs: 5 }))), 'Open');
    assert.match(because(coordinate(whenA(sight, { leaderForMs: 1_000 }))), /silent/);
  });

  test('a report of an earlier epoch does not end this one', () => {
    const state = anOpenCluster(revoke(2), elect(2, 'A'), {
      kind: 'open',
      epoch: 2,
      barrier: '',
      atMs: 0,
      steps: [],
    });
    const sight = { health: aHealth({ epoch: 1, mysqld: 'down' }), notServingMs: 100 };
    assert.equal(because(coordinate(whenA(sight, { state, phaseForMs: 10 }))), 'Open');
  });

  test('spec.ha.failover.delay is waited for, and then it fails over: also when mysqld has exited', () => {
    const failover = { enabled: true, delayMs: 3_000 };
    const dead = (notServingMs: number): LeaderDecision =>
      coordinate(whenA({ health: aHealth({ mysqld: 'exited' }), notServingMs }, { failover }));
    assert.equal(because(dead(1_000)), 'FailoverDelay');
    assert.match(because(dead(3_001)), /exited/);
  });

  test('with failover off a lost primary is waited for, one whose mysqld alone ended comes back', () => {
    const failover = { enabled: false, delayMs: 0 };
    assert.equal(
      because(coordinate(whenA({ disconnectedMs: 500 }, { failover }))),
      'FailoverDisabled',
    );
    const exited = whenA({ health: aHealth({ mysqld: 'exited' }) }, { failover });
    assert.match(because(coordinate(exited)), /exited/);
  });
});

suite('the leader of a cluster that is being founded', () => {
  test('founds it, waits for all voters, and revokes the first epoch', () => {
    assert.equal(because(coordinate(aLeaderView({ state: aCluster() }))), 'found');
    const state = aCluster(found('A', 'B', 'C'));
    assert.match(because(coordinate(aLeaderView({ state }))), /first start/);
    const starting = whenA({ health: aHealth({ mysqld: 'starting' }) }, { state, phaseForMs: 100 });
    assert.equal(because(coordinate(starting)), 'Initialising');
  });

  test('a quorum is enough after a while', () => {
    const state = aCluster(found('A', 'B', 'C'));
    const late = whenA({ health: null }, { state, phaseForMs: COORDINATION_TIMES.foundingMs + 1 });
    assert.match(because(coordinate(late)), /first start/);
  });
});

suite('the leader of a revoked epoch', () => {
  const state = anOpenCluster(revoke(2));
  const promises = [aPromise('B', '1:1-9'), aPromise('C', '1:1-9')];

  test('waits a little for a voter that is alive, never for the old primary', () => {
    const view = whenA(
      {},
      {
        state,
        promises: [aPromise('A', '1:1-9', { lastPrimaryEpoch: 1 }), promises[0]!],
        choosableForMs: 1,
      },
    );
    assert.equal(because(coordinate(view)), 'MoreAnswers');
    assert.match(
      because(coordinate({ ...view, choosableForMs: COORDINATION_TIMES.patienceMs })),
      /elect/,
    );
    assert.match(because(coordinate(whenA({}, { state, promises, choosableForMs: 0 }))), /elect/);
  });

  test('a switchover prefers its target and waits for the old primary', () => {
    const planned = anOpenCluster(revoke(2, { planned: { from: 'A', to: 'C' } }));
    const view = whenA({}, { state: planned, promises, choosableForMs: 0 });
    assert.equal(because(coordinate(view)), 'MoreAnswers');
    assert.equal(because(coordinate({ ...view, choosableForMs: 10_000 })), 'elect C');
  });

  test('with failover off nobody but the last primary is elected', () => {
    const failover = { enabled: false, delayMs: 0 };
    assert.equal(because(coordinate(whenA({}, { state, promises, failover }))), 'NoCandidate');
  });

  test('says what it waits for (I10)', () => {
    const decision = coordinate(whenA({}, { state, promises: promises.slice(0, 1) }));
    assert.equal(because(decision), 'NoFenceQuorum');
    assert.match(decision.do === 'wait' ? decision.message : '', /missing: A, C/);
  });
});

suite('the leader of an elected epoch', () => {
  const state = anOpenCluster(revoke(2), elect(2, 'A'));

  test('waits while the elected prepares, and revokes when it refuses, is lost, or takes too long', () => {
    const preparing = { health: aHealth({ epoch: 2 }) };
    assert.equal(because(coordinate(whenA(preparing, { state, phaseForMs: 100 }))), 'Preparing');
    const refusing = { health: aHealth({ epoch: 2, candidate: false, why: 'applier stopped' }) };
    assert.match(because(coordinate(whenA(refusing, { state }))), /cannot open.*applier stopped/);
    assert.match(because(coordinate(whenA({ disconnectedMs: 90 }, { state }))), /broke/);
    const slow = whenA(preparing, { state, phaseForMs: COORDINATION_TIMES.prepareMs + 1 });
    assert.match(because(coordinate(slow)), /did not open/);
  });

  test('a refusal of an earlier epoch is no refusal of this one', () => {
    const old = { health: aHealth({ epoch: 1, candidate: false }) };
    assert.equal(because(coordinate(whenA(old, { state, phaseForMs: 100 }))), 'Preparing');
  });

  test('epochs that do not open come ever more slowly, and each may take longer', () => {
    const refusing = { health: aHealth({ epoch: 2, candidate: false }) };
    const soon = whenA(refusing, { state, phaseForMs: 100, unopenedEpochs: 4 });
    assert.equal(because(coordinate(soon)), 'BackOff');
    assert.match(because(coordinate({ ...soon, phaseForMs: 2_000 })), /cannot open/);
    const slow = whenA(
      { health: aHealth({ epoch: 2 }) },
      { state, unopenedEpochs: 1, phaseForMs: COORDINATION_TIMES.prepareMs + 1 },
    );
    assert.equal(because(coordinate(slow)), 'Preparing');
  });
});
