/**
 * `npm run mutations -w raft [-- bug …]`: plants every bug of the list, or those named, and prints the seed that finds
 * it. Each has `MUTATION_SEEDS` seeds (default 1000). Fails when one that the simulator can find was not found.
 */
import { PLANTED_BUGS, type PlantedBug } from '@radondb/raft/core';
import { hunt } from './hunt.ts';

const seeds = Number(process.env['MUTATION_SEEDS'] ?? 1000);
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
    if (seed === null) missed += 1;
    say(`| ${bug} | ${seed ?? `not in ${seeds}`} | ${rule} |`);
  }
  say(`${bugs.length - missed} of ${bugs.length} found`);
  process.exitCode = missed === 0 ? 0 : 1;
}
