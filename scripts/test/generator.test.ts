import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findStale, writeStale } from '../src/generated/generator.ts';
import { aFolder } from './builders.ts';

const GENERATORS = [
  { output: 'a.txt', produce: async () => 'A\n' },
  { output: 'deep/b.txt', produce: async () => 'B\n' },
];

test('missing and changed outputs are stale, and checking writes nothing', async (t) => {
  const root = await aFolder(t);
  await writeFile(join(root, 'a.txt'), 'edited by hand\n');
  assert.deepEqual(await findStale(root, GENERATORS), ['a.txt', 'deep/b.txt']);
  assert.equal(await readFile(join(root, 'a.txt'), 'utf8'), 'edited by hand\n');
});

test('writing makes everything current, a second time it has nothing to do', async (t) => {
  const root = await aFolder(t);
  assert.deepEqual(await writeStale(root, GENERATORS), ['a.txt', 'deep/b.txt']);
  assert.equal(await readFile(join(root, 'deep/b.txt'), 'utf8'), 'B\n');
  assert.deepEqual(await writeStale(root, GENERATORS), []);
  assert.deepEqual(await findStale(root, GENERATORS), []);
});
