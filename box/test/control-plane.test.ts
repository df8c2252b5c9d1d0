import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { ControlPlaneProcess } from '../src/control-plane/supervise.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

const PROGRAM = fileURLToPath(new URL('../src/control-plane/main.ts', import.meta.url));

function startIt(folder: string, port: number, signal: AbortSignal) {
  return ControlPlaneProcess.start({
    program: PROGRAM,
    dataDir: join(folder, 'api'),
    logFile: join(folder, 'log'),
    port,
    serviceNetwork: '127.97.3',
    setpriv: null,
    env: process.env,
    logger: pino({ level: 'silent' }),
    signal,
  });
}

test('the control plane takes another port when somebody has its own, and is back after kill -9', async (t) => {
  const folder = temporaryFolder(t);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.after(() => taken.close());
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { process: plane, api } = await startIt(folder, port, t.signal);
  t.after(async () => await plane.stop());
  assert.notEqual(new URL(api.url).port, String(port));
  const first = plane.pid;
  assert.ok(first !== null);
  process.kill(first, 'SIGKILL');
  await waitFor('another process', () => plane.pid !== null && plane.pid !== first);
  const log = () => readFileSync(join(folder, 'log'), 'utf8');
  await waitFor('the same address', () => log().split(`"url":"${api.url}"`).length > 2);
});

test('a control plane that cannot start says why, and is not started again', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'api'), 'a file where a folder should be');
  await assert.rejects(startIt(folder, 0, t.signal), /does not start: .*(ENOTDIR|EEXIST)/s);
});
