/**
 * The protocol model (model/): many seeded runs over the agent's own core. A failing run prints its seed and what happened. More runs, or one again:
 * `MODEL_RUNS=100000 MODEL_FROM=7 node --conditions=@radondb/source --test agent/test/core/model.test.ts`
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MUTATIONS } from './model/mutations.ts';
import { type RunOptions, run } from './model/run.ts';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 1_000);
const FROM = Number(process.env['MODEL_FROM'] ?? 1);

const WORLDS: readonly { name: string; world: Omit<RunOptions, 'seed'> }[] = [
  { name: 'one voter', world: { voters: 1 } },
  { name: 'three voters', world: { voters: 3 } },
  { name: 'three voters and a reader', world: { voters: 3, readers: 1 } },
  { name: 'four voters', world: { voters: 4 } },
  { name: 'five voters', world: { voters: 5 } },
  { name: 'three voters whose data folders may vanish', world: { voters: 3, destroys: true } },
];

/** Fails with the trace of the run, readable, and how to see it again. */
function mustHold(options: RunOptions): ReturnType<typeof run> {
  const outcome = run(options);
  if (outcome.violation === null) return outcome;
  const { trace } = run({ ...options, traced: true });
  const short = trace.map((line) => line.replaceAll(/0{8}-0{4}-4000-8000-0*/g, '#'));
  assert.fail(
    `${outcome.violation}\nseed ${options.seed} of ${JSON.stringify(options)}\n${short.join('\n')}`,
  );
}

suite('the protocol', { concurrency: false }, () => {
  for (const { name, world } of WORLDS) {
    test(`${name}: no acknowledged write is lost, one primary acknowledges, service comes back`, (t) => {
      let acknowledged = 0;
      let opened = 0;
      for (let seed = FROM; seed < FROM + RUNS; seed += 1) {
        const outcome = mustHold({ ...world, seed });
        acknowledged += outcome.acknowledged;
        opened += outcome.opened;
      }
      t.diagnostic(`seeds ${FROM}–${FROM + RUNS - 1}: ${acknowledged} writes, ${opened} primaries`);
      assert.ok(acknowledged > RUNS, 'a model in which nobody writes proves nothing');
      assert.ok(opened > RUNS, 'a model in which no primary opens proves nothing');
    });
  }

  test('a seed replays: the same run, step by step', () => {
    const first = run({ seed: 4_711, voters: 5, traced: true });
    const second = run({ seed: 4_711, voters: 5, traced: true });
    assert.deepEqual(second, first);
    assert.ok(first.trace.length > 100);
  });
});

suite('a rule switched off is noticed', { concurrency: false }, () => {
  for (const mutation of MUTATIONS) {
    test(`${mutation.rule}: ${mutation.what}`, (t) => {
      for (let seed = 1; seed <= mutation.seeds; seed += 1) {
        const { violation } = run({ ...mutation.world, seed, rules: mutation.rules });
        if (violation === null) continue;
        t.diagnostic(
          `seed ${seed}: ${violation.replaceAll(/0{8}-0{4}-4000-8000-0*/g, '#').slice(0, 120)}`,
        );
        return;
      }
      assert.fail(`not noticed in ${mutation.seeds} runs`);
    });
  }
});
