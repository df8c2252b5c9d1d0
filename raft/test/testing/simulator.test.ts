import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlantedBug } from '@radondb/raft/core';
import { shrink, simulate } from '@radondb/raft/testing';
import { hunt } from './mutations/hunt.ts';

const BASE = Number(process.env['SIM_SEED'] ?? 1);
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 300);
const CHAOS_MS = 2000;

const replay = (seed: number): string =>
  `replay with: SIM_SEED=${seed} SIM_SEEDS=1 node --conditions=@radondb/source --test raft/test/testing/simulator.test.ts`;

describe('the simulator', () => {
  it(`finds every invariant held, and progress after healing, over ${SEEDS} seeds from ${BASE}`, (t) => {
    let committed = 0;
    let reads = 0;
    let checks = 0;
    for (let seed = BASE; seed < BASE + SEEDS; seed++) {
      const options = { seed, chaosMs: CHAOS_MS };
      const result = simulate(options);
      if (result.violation !== null) {
        const story = shrink(options)?.trace.join('\n') ?? '';
        assert.fail(`${result.violation.message}\n${replay(seed)}\nshrunk:\n${story}`);
      }
      committed += result.committed;
      reads += result.reads;
      checks += result.checks;
    }
    t.diagnostic(`${committed} entries committed, ${reads} reads, ${checks} checks`);
    assert.ok(committed > SEEDS * 3 && reads > 0, 'the runs did nothing');
  });

  it('gives the same run for the same seed', () => {
    assert.deepEqual(simulate({ seed: 7 }), simulate({ seed: 7 }));
  });

  it('leaves out single faults without moving the others', () => {
    const all = simulate({ seed: 7 });
    const some = simulate({ seed: 7, skipFaults: new Set([1, 2, 3]) });
    assert.equal(some.faults, all.faults);
    assert.equal(some.violation, null);
  });

  it('shrinks a failing run, and tells its story', () => {
    const failing = { bug: 'vote-not-persisted', chaosMs: 4000 } as const;
    const seed = Array.from({ length: 50 }, (_, i) => i + 1).find(
      (n) => simulate({ seed: n, ...failing }).violation !== null,
    );
    const before = simulate({ seed: seed!, ...failing });
    const small = shrink({ seed: seed!, ...failing }, 60)!;
    assert.equal(small.result.violation?.rule, before.violation?.rule);
    assert.ok(small.faults <= before.faults);
    assert.deepEqual(simulate(small.options), small.result);
    assert.match(small.trace.at(-1)!, /VIOLATION one vote a term/);
    assert.ok(small.trace.some((line) => /node \d: LEADS term/.test(line)));
    assert.equal(shrink({ seed: 7, chaosMs: 300 }), null);
  });
});

/** How many seeds each bug may take here; `npm run mutations` looks for the others, which need more. */
const BUGS: readonly (readonly [PlantedBug, seeds: number])[] = [
  ['vote-not-persisted', 40],
  ['commit-previous-term-by-count', 20],
  ['truncate-on-stale-append', 20],
  ['commit-past-verified', 20],
  ['vote-cleared-on-step-down', 40],
  ['change-without-own-term', 40],
  ['vote-ignores-log', 20],
  ['acknowledge-before-persist', 5],
  ['read-without-quorum', 50],
  ['read-before-own-commit', 50],
  ['pre-vote-erases-vote', 30],
  ['pre-vote-counts-as-vote', 20],
  ['leader-counts-unpersisted', 20],
  ['joint-counts-one-half', 10],
  ['joint-never-left', 10],
  ['snapshot-keeps-old-membership', 30],
  ['truncation-forgotten-on-disk', 40],
  ['snapshot-forgotten-on-loss', 30],
  ['window-never-freed', 20],
  ['previous-term-unchecked', 50],
];

describe('the simulator finds a planted bug', () => {
  for (const [bug, seeds] of BUGS) {
    it(`${bug}, within ${seeds} seeds`, (t) => {
      const { seed, rule } = hunt(bug, seeds);
      assert.ok(seed !== null, `${bug} was not found`);
      t.diagnostic(`seed ${seed}: ${rule}`);
    });
  }
});
