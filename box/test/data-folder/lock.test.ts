import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { findHolder, takeLock } from '../../src/data-folder/lock.ts';
import { openDataFolder } from '../../src/data-folder/open.ts';
import { HeldError } from '../../src/errors.ts';
import { bootId, startTimeOf } from '../../src/processes/proc.ts';
import { temporaryFolder } from '../temporary-folder.ts';

test('a second taker is told who holds the folder, since when and how to stop it', async (t) => {
  const layout = await openDataFolder(temporaryFolder(t));
  const lock = await takeLock(layout, 'radondb up');
  await assert.rejects(takeLock(layout, 'another'), (error: Error) => {
    assert(error instanceof HeldError);
    assert.match(error.message, new RegExp(`held by process ${process.pid} since 20.*radondb up`));
    assert.match(error.message, /radondb down --data/);
    return true;
  });
  await lock.release();
  assert.equal(await findHolder(layout), null);
  await (await takeLock(layout, 'again')).release();
});

test('of many takers at the same time one wins', async (t) => {
  const layout = await openDataFolder(temporaryFolder(t));
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => takeLock(layout, 'radondb up')),
  );
  assert.equal(results.filter((it) => it.status === 'fulfilled').length, 1);
});

test('a lock whose holder died is taken over', async (t) => {
  const layout = await openDataFolder(temporaryFolder(t));
  const child = spawn('sleep', ['60']);
  const pid = child.pid!;
  const holder = { pid, startTime: await startTimeOf(pid), bootId: await bootId(), since: 'x' };
  writeFileSync(layout.lockFile, JSON.stringify({ ...holder, command: 'sleep' }));
  assert.equal((await findHolder(layout))?.pid, pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await takeLock(layout, 'radondb up');
  assert.equal(JSON.parse(readFileSync(layout.lockFile, 'utf8')).pid, process.pid);
  await lock.release();
});

test('a pid that the kernel has given to another process holds nothing', async (t) => {
  const layout = await openDataFolder(temporaryFolder(t));
  const holder = { pid: process.pid, startTime: '1', bootId: await bootId(), since: 'x' };
  writeFileSync(layout.lockFile, JSON.stringify({ ...holder, command: 'radondb up' }));
  assert.equal(await findHolder(layout), null);
  await (await takeLock(layout, 'radondb up')).release();
});

test('a lock of an earlier boot, and a damaged one, hold nothing', async (t) => {
  const layout = await openDataFolder(temporaryFolder(t));
  const startTime = await startTimeOf(process.pid);
  const holder = { pid: process.pid, startTime, bootId: 'earlier', since: 'x', command: 'y' };
  writeFileSync(layout.lockFile, JSON.stringify(holder));
  assert.equal(await findHolder(layout), null);
  writeFileSync(layout.lockFile, '{"pid":');
  await (await takeLock(layout, 'radondb up')).release();
});
