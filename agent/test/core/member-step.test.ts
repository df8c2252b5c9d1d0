import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  CLONE_BEFORE_OPEN_MS,
  type MemberView,
  nextMemberStep,
} from '../../src/core/member-step.ts';
import { aCluster, aMemberView, anOpenCluster, elect, found, revoke } from './builders.ts';

function next(change: Partial<MemberView>): string {
  const step = nextMemberStep(aMemberView(change));
  return step.do === 'rest' ? `rest ${step.state}` : step.do;
}

const revoked = anOpenCluster(revoke(2));
const electedA = anOpenCluster(revoke(2), elect(2, 'A'));

suite('after a restart', () => {
  test('a replica runs closed and does nothing else until its log has caught up (X7, X8)', () => {
    const behind = { caughtUp: false, following: null, promise: 0 };
    assert.equal(next({ ...behind, server: 'down' }), 'start');
    assert.equal(next({ ...behind, server: 'up' }), 'rest closed');
    assert.equal(next({ ...behind, state: revoked }), 'rest closed', 'no promise from an old log');
  });

  test('the last primary’s mysqld stays down, and is killed when it is up (I9)', () => {
    const primary = { caughtUp: false, self: 'A', inService: 1, following: null };
    assert.equal(next({ ...primary, server: 'down' }), 'rest down');
    assert.equal(next({ ...primary, server: 'up' }), 'kill');
    assert.equal(next({ ...primary, caughtUp: true, server: 'down' }), 'rest down');
    assert.equal(
      next({ ...primary, caughtUp: true, state: revoked, promise: 2, server: 'down' }),
      'rest down',
    );
  });

  test('the elected whose mysqld or agent ended while it prepared asks for another election (I9)', () => {
    const view = {
      self: 'A',
      state: electedA,
      inService: 2,
      following: null,
      server: 'down',
    } as const;
    assert.equal(next(view), 'refuse');
    assert.equal(next({ ...view, refused: 2 }), 'rest failed');
  });

  test('a primary of the open epoch whose mysqld was started anew never lets clients in again (X10)', () => {
    assert.equal(
      next({ self: 'A', inService: 1, prepared: null, serving: null, following: null }),
      'rest down',
    );
  });
});

suite('promises', () => {
  test('come before everything else', () => {
    assert.equal(next({ state: revoked, promise: 1 }), 'promise');
    assert.equal(next({ state: revoked, promise: 1, hasData: false }), 'promise');
    assert.equal(
      next({ state: revoked, promise: 1, self: 'A', serving: 1, leaseValid: false }),
      'promise',
    );
    assert.equal(
      next({ state: electedA, promise: 1 }),
      'promise',
      'also of an epoch that has a primary already',
    );
  });

  test('a promise beyond the log binds: nothing is followed or opened', () => {
    assert.equal(next({ promise: 2, following: null }), 'rest closed');
    assert.equal(next({ promise: 2, self: 'A', prepared: 1, serving: null }), 'rest closed');
  });
});

suite('the primary', () => {
  const primary = { self: 'A', inService: 1, prepared: 1, following: null } as const;

  test('prepares, proposes open, and lets clients in on the committed open with a live lease (I6, I7)', () => {
    const elected = { self: 'A', state: electedA, following: null } as const;
    assert.equal(next(elected), 'promote');
    assert.equal(next({ ...elected, inService: 2, prepared: 2 }), 'propose-open');
    assert.equal(next(primary), 'let-clients-in');
    assert.equal(next({ ...primary, serving: 1 }), 'rest primary');
  });

  test('without a lease it is closed, and opens again when it has one (I7)', () => {
    assert.equal(next({ ...primary, serving: 1, leaseValid: false }), 'fence');
    assert.equal(next({ ...primary, leaseValid: false }), 'rest fenced');
    assert.equal(next(primary), 'let-clients-in');
  });
});

suite('a replica', () => {
  test('follows, opens for reads, and rests', () => {
    assert.equal(next({ following: null }), 'follow');
    assert.equal(next({ server: 'down' }), 'follow');
    assert.equal(next({ readable: false }), 'open-for-reads');
    assert.equal(next({}), 'rest following');
    assert.equal(
      next({ state: electedA, promise: 2, following: 2, readable: false }),
      'rest following',
    );
  });

  test('that was primary and did not hand over is killed before anything else (X1)', () => {
    assert.equal(
      next({ inService: 1, server: 'up', following: null, state: electedA, promise: 2 }),
      'kill',
    );
    assert.equal(
      next({ inService: 1, server: 'down', following: null, state: electedA, promise: 2 }),
      'follow',
    );
  });

  test('that lost data becomes whole by base of a later epoch, also before open (X4); in the epoch of the loss only once that is open', () => {
    assert.equal(next({ amnesiaSinceEpoch: 1 }), 'become-whole');
    const following = { state: electedA, promise: 2, following: 2 };
    assert.equal(next({ ...following, amnesiaSinceEpoch: 1 }), 'become-whole');
    assert.equal(next({ ...following, amnesiaSinceEpoch: 2 }), 'rest following');
  });

  test('that is errant takes a clone after open, or before it when the others had their time', () => {
    const errant = { reseed: 'holds 1:9', following: null };
    assert.equal(next(errant), 'reseed');
    const before = { ...errant, state: electedA, promise: 2 };
    assert.equal(next({ ...before, phaseForMs: 100 }), 'rest closed');
    assert.equal(next({ ...before, phaseForMs: CLONE_BEFORE_OPEN_MS + 1 }), 'reseed');
  });
});

suite('a member without data', () => {
  test('initialises only when the log is known: a disk that was wiped later must not pass for a new one', () => {
    const empty = { hasData: false, mayInitialise: true, following: null } as const;
    assert.equal(next({ ...empty, caughtUp: false }), 'rest starting');
    assert.equal(next({ ...empty, state: aCluster(found('A', 'B', 'C')) }), 'initialise');
  });

  test('clones from the open primary, and refuses when it was elected itself', () => {
    const empty = { hasData: false, server: 'down', following: null } as const;
    assert.equal(next(empty), 'reseed');
    assert.equal(next({ ...empty, state: electedA, promise: 2 }), 'rest down');
    assert.equal(next({ ...empty, self: 'A', state: electedA, promise: 2 }), 'refuse');
    assert.equal(
      next({ ...empty, self: 'A', state: electedA, promise: 2, refused: 2 }),
      'rest failed',
    );
  });
});

suite('properties of the next step', () => {
  const epoch = fc.option(fc.integer({ min: 1, max: 3 }), { nil: null });
  const view = fc.record<MemberView>({
    self: fc.constantFrom('A', 'B', 'X'),
    state: fc.constantFrom(
      aCluster(),
      aCluster(found('A', 'B', 'C')),
      anOpenCluster(),
      revoked,
      electedA,
      anOpenCluster(revoke(2), elect(2, 'B')),
    ),
    caughtUp: fc.boolean(),
    promise: fc.integer({ min: 0, max: 3 }),
    server: fc.constantFrom('down', 'starting', 'up'),
    hasData: fc.boolean(),
    mayInitialise: fc.boolean(),
    inService: epoch,
    prepared: epoch,
    serving: epoch,
    following: epoch,
    refused: epoch,
    leaseValid: fc.boolean(),
    readable: fc.boolean(),
    amnesiaSinceEpoch: epoch,
    reseed: fc.constantFrom(null, 'why'),
    phaseForMs: fc.integer({ min: 0, max: 60_000 }),
  });

  test('whatever a member believes: it opens nothing beyond its promise, without a lease or from a log that lags, and never starts what must stay down', () => {
    fc.assert(
      fc.property(view, (v) => {
        const step = nextMemberStep(v);
        const opens = [
          'promote',
          'propose-open',
          'let-clients-in',
          'follow',
          'become-whole',
          'open-for-reads',
        ];
        if (opens.includes(step.do)) {
          assert.ok(v.caughtUp);
          assert.equal(v.promise, v.state.epoch);
        }
        if (step.do === 'let-clients-in')
          assert.ok(v.leaseValid && v.prepared === v.state.epoch && v.state.phase === 'open');
        if (step.do === 'start') assert.equal(v.inService, null);
        if (step.do === 'follow' || step.do === 'reseed')
          assert.notEqual(step.primaryship.primary, v.self);
        if (step.do === 'promote' || step.do === 'propose-open')
          assert.equal(v.state.phase, 'elected');
        if (step.do === 'initialise') assert.ok(!v.hasData && v.caughtUp);
        if (v.caughtUp && v.state.epoch > v.promise) assert.equal(step.do, 'promise');
      }),
      { numRuns: 3_000 },
    );
  });
});
