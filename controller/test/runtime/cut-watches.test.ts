import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { aConfigMap, aFakeApi } from '../support/builders.ts';
import { put, remove } from '../support/direct.ts';
import { eventually } from '../support/eventually.ts';
import type { ApiRequest, Fault } from '../support/fake-api-server.ts';
import { type Mirror, QUICK, startMirror } from '../support/mirror.ts';
import { randomFrom, seedOf } from '../support/random.ts';

const CUTS = 10_000;
const REFLECTORS = 6;
const NAMES = 30;

function aFault(random: () => number): Fault | null {
  const dice = random();
  const afterEvents = 1 + Math.floor(random() * 3);
  if (dice < 0.85) return { kind: 'cut-watch', afterEvents, midLine: random() < 0.5 };
  if (dice < 0.9) return { kind: 'reset', when: 'before' };
  if (dice < 0.93) return { kind: 'status', code: 500, reason: 'InternalError' };
  if (dice < 0.95) return { kind: 'status', code: 410, reason: 'Expired' };
  return dice < 0.97 ? { kind: 'garbage' } : null;
}

it('no update is lost over ten thousand cut watches', { timeout: 300_000 }, async () => {
  const random = randomFrom(seedOf('cut watches'));
  await using api = await aFakeApi();
  const { server } = api;
  const isWatch = (request: ApiRequest): boolean => request.verb === 'watch';
  const isList = (request: ApiRequest): boolean => request.verb === 'list';
  const undo = server.faults.add(isWatch, () => aFault(random));
  server.faults.add(isList, () =>
    random() < 0.2 ? { kind: random() < 0.5 ? 'cut-answer' : 'no-items' } : null,
  );
  const mirrors: Mirror[] = [];
  for (let n = 0; n < REFLECTORS; n += 1)
    mirrors.push(startMirror(api, { times: QUICK, random, pageSize: 7 }));
  const cuts = (): number =>
    mirrors.reduce((sum, mirror) => sum + count(mirror.rounds, 'watch unreachable'), 0);
  let writes = 0;
  for (let checked = 0; checked < CUTS; ) {
    for (let n = 0; n < 50; n += 1) {
      const name = `c${Math.floor(random() * NAMES)}`;
      const dice = random();
      if (dice < 0.8) put(server, aConfigMap(name, { value: String(writes) }));
      else removeIfThere(server, name);
      if (random() < 0.002) server.compact();
      writes += 1;
      await turn();
      if (random() < 0.02) server.cutWatches();
      // Writes go on while watches are cut, but not so fast that all that is left is one long catching up.
      await eventually('most of them watch', () => server.watchCount >= REFLECTORS - 2);
    }
    checked = cuts();
  }
  // Now and then all stands still: every cache must agree, and every handler have been told the same story.
  undo();
  for (const mirror of mirrors) await mirror.agrees();
  assert.ok(cuts() >= CUTS);
  const lists = mirrors.reduce((sum, mirror) => sum + count(mirror.rounds, 'list complete'), 0);
  process.stdout.write(`# ${cuts()} cut watches, ${writes} writes, ${lists} lists\n`);
});

function removeIfThere(server: Parameters<typeof remove>[0], name: string): void {
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
  const found = server.state.list({
    apiVersion: 'v1',
    plural: 'configmaps',
    namespace: 'default',
    query,
  });
  if (found.length > 0) remove(server, aConfigMap(name));
}

function count(rounds: readonly string[], wanted: string): number {
  return rounds.reduce((sum, round) => sum + (round === wanted ? 1 : 0), 0);
}
