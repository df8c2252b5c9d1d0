import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, it } from 'node:test';
import { PLANTS } from './plant.ts';
import { seededRandom } from './random.ts';
import { INITIAL_BALANCE, simulateRun } from './simulated-run.ts';
import { judge, violations } from './verdict.ts';

const SEED = Number(process.env['CHECKER_SEED'] ?? Math.floor(Math.random() * 1e9));
const TRIALS = 40;

describe(`the checker of histories (CHECKER_SEED=${SEED})`, () => {
  it('finds nothing in sound histories', () => {
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const run = simulateRun({ seed: SEED + trial, operations: 1_500 });
      const verdict = judge(run.operations, run.final, INITIAL_BALANCE);
      assert.deepEqual(violations(verdict), [], `seed ${SEED + trial}`);
      assert.deepEqual(verdict.counters.anomalies, [], `seed ${SEED + trial}`);
    }
  });

  for (const [name, plant] of Object.entries(PLANTS)) {
    it(`finds ${name}, every time`, () => {
      for (let trial = 0; trial < TRIALS; trial += 1) {
        const seed = SEED + trial;
        const sound = simulateRun({ seed, operations: 1_500 });
        const { run, expected } = plant(sound, seededRandom(seed));
        const found = violations(judge(run.operations, run.final, INITIAL_BALANCE));
        assert.match(found.join('\n'), expected, `seed ${seed}`);
      }
    });
  }

  it('counts unknown outcomes apart, and they are never an error', () => {
    const run = simulateRun({ seed: SEED, operations: 5_000 });
    const { set } = judge(run.operations, run.final, INITIAL_BALANCE);
    const unknown = run.operations.filter(
      ({ op, outcome }) => op.kind === 'insert' && outcome === 'unknown',
    ).length;
    assert.equal(set.unknownPresent + set.unknownAbsent, unknown);
    assert.ok(set.unknownPresent > 0 && set.unknownAbsent > 0);
  });

  it('judges 300,000 operations within 30 seconds', () => {
    const run = simulateRun({ seed: SEED, operations: 300_000 });
    const startedAt = performance.now();
    const verdict = judge(run.operations, run.final, INITIAL_BALANCE);
    const tookMs = performance.now() - startedAt;
    assert.deepEqual(violations(verdict), []);
    assert.ok(tookMs < 30_000, `took ${Math.round(tookMs)} ms`);
  });
});
