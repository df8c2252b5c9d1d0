import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createWorkDir, removeAbandonedWork } from '../src/mysqld/cache.ts';
import { ABANDONED_AFTER_MS, acquireFetchLock } from '../src/mysqld/fetch-lock.ts';
import { currentOwner, formatOwner, parseOwner, stateOfOwner } from '../src/mysqld/owner.ts';
import { aFolder } from './builders.ts';

/** The owner's name that a process had which has ended since. */
async function aGoneOwner(): Promise<string> {
  const child = spawn('true');
  await once(child, 'close');
  return formatOwner({ ...(await currentOwner()), pid: child.pid ?? 1, startTicks: '1' });
}

test('an owner is known by pid, start time and boot', async () => {
  const mine = await currentOwner();
  assert.deepEqual(parseOwner(formatOwner(mine)), mine);
  assert.equal(await stateOfOwner(mine), 'alive');
  assert.equal(await stateOfOwner({ ...mine, startTicks: '1' }), 'gone', 'a reused pid');
  assert.equal(await stateOfOwner({ ...mine, world: 'elsewhere' }), 'unknown');
  assert.equal(parseOwner('garbage'), null);
});

test('the second waits until the first gives the lock back', async (t) => {
  const cacheDir = await aFolder(t);
  const release = await acquireFetchLock({ cacheDir });
  let giveBack: Promise<void> | null = null;
  const onWait = () => {
    giveBack = release();
  };
  await (await acquireFetchLock({ cacheDir, onWait }))();
  assert.notEqual(giveBack, null, 'it waited');
  assert.deepEqual(await readdir(cacheDir), []);
});

test('one that waits can be stopped, and leaves the other lock alone', async (t) => {
  const cacheDir = await aFolder(t);
  await acquireFetchLock({ cacheDir });
  const controller = new AbortController();
  const reason = new Error('enough');
  const onWait = () => controller.abort(reason);
  const second = acquireFetchLock({ cacheDir, onWait, signal: controller.signal });
  await assert.rejects(second, reason);
  assert.deepEqual(await readdir(cacheDir), ['fetch.lock']);
});

test('the lock of a process that has ended is recovered', async (t) => {
  const cacheDir = await aFolder(t);
  await writeFile(join(cacheDir, 'fetch.lock'), await aGoneOwner());
  const release = await acquireFetchLock({ cacheDir });
  const text = await readFile(join(cacheDir, 'fetch.lock'), 'utf8');
  assert.equal(text, formatOwner(await currentOwner()));
  await release();
  assert.deepEqual(await readdir(cacheDir), []);
});

test('a lock of another machine is recovered only when it is old', async (t) => {
  const cacheDir = await aFolder(t);
  const path = join(cacheDir, 'fetch.lock');
  await writeFile(path, formatOwner({ ...(await currentOwner()), world: '1.otherone' }));
  const controller = new AbortController();
  const onWait = () => controller.abort(new Error('it waits'));
  const young = acquireFetchLock({ cacheDir, onWait, signal: controller.signal });
  await assert.rejects(young, /it waits/);
  const longAgo = (Date.now() - ABANDONED_AFTER_MS - 1000) / 1000;
  await utimes(path, longAgo, longAgo);
  await (await acquireFetchLock({ cacheDir }))();
});

test('of the working folders only those of ended processes are removed', async (t) => {
  const cacheDir = await aFolder(t);
  const mine = await createWorkDir(cacheDir);
  await mkdir(join(cacheDir, `.fetch-${await aGoneOwner()}_abcdef/root`), { recursive: true });
  await mkdir(join(cacheDir, 'mysql-9.7.4-2-amd64'));
  await removeAbandonedWork(cacheDir);
  const left = (await readdir(cacheDir)).map((name) => join(cacheDir, name)).toSorted();
  assert.deepEqual(left, [mine, join(cacheDir, 'mysql-9.7.4-2-amd64')]);
});
