/**
 * `npm run mutations -w raft [-- bug …]`: plants every bug of the list, or those named, and prints the seed that finds
 * it. Each has `MUTATION_SEEDS` seeds (default 200). Fails when one was missed that no test of its own pins.
 */
import { PLANTED_BUGS, type PlantedBug } from '@radondb/raft/core';
import { hunt, PINNED_ELSEWHERE } from './hunt.ts';

const seeds = Number(process.env['MUTATION_SEEDS'] ?? 200);
const named = process.argv.slice(2);
const unknown = named.filter((name) => !(PLANTED_BUGS as readonly string[]).includes(name));
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

if (unknown.length > 0) {
  say(`there is no bug called ${unknown.join(', ')}; there are ${PLANTED_BUGS.join(', ')}`);
  process.exitCode = 2;
} else {
  const bugs = named.length > 0 ? (named as PlantedBug[]) : PLANTED_BUGS;
  say('| planted bug | seeds until found | rule that breaks |');
  say('| --- | --- | --- |');
  let missed = 0;
  for (const bug of bugs) {
    const { seed, rule } = hunt(bug, seeds);
    const pinned = PINNED_ELSEWHERE[bug];
    if (seed === null && pinned === undefined) missed += 1;
    const where = seed === null && pinned !== undefined ? `pinned by ${pinned}` : rule;
    say(`| ${bug} | ${seed ?? `not in ${seeds}`} | ${where} |`);
  }
  say(missed === 0 ? 'every bug that the simulator must find was found' : `${missed} were missed`);
  process.exitCode = missed === 0 ? 0 : 1;
}
