import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SECRET_KEYS } from '../src/certificates.ts';
import { aReview } from './builders.ts';
import { aSecret, call, callHealth, review, type TestWebhook } from './running.ts';
import { SecretMount } from './secret-mount.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const children: ChildProcess[] = [];

interface Started {
  readonly child: ChildProcess;
  /** The next line of its log with that message; fails when it ends before. */
  logged(message: string): Promise<Record<string, unknown>>;
}

function start(env: NodeJS.ProcessEnv): Started {
  const child = spawn(process.execPath, ['--conditions=@radondb/source', MAIN], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  assert.ok(child.stdout !== null);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    child,
    logged: async (message) => {
      for (;;) {
        const { done, value } = await lines.next();
        if (done) throw new Error(`the webhook ended before it said: ${message}`);
        const line = JSON.parse(String(value)) as Record<string, unknown>;
        if (line['msg'] === message) return line;
      }
    },
  };
}

describe('the process', () => {
  after(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  it('waits for its certificate, serves, follows a new one, drains and ends', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'webhook-main-'));
    try {
      const { child, logged } = start({
        RADONDB_WEBHOOK_HOST: '127.0.0.1',
        RADONDB_WEBHOOK_PORT: '0',
        RADONDB_WEBHOOK_HEALTH_PORT: '0',
        RADONDB_WEBHOOK_CERTIFICATES: directory,
        RADONDB_WEBHOOK_CERTIFICATE_POLL_MS: '20',
        RADONDB_WEBHOOK_DRAIN_MS: '1500',
        RADONDB_MYSQL_IMAGES: '9.7=example/mysql:9.7.4',
      });
      await logged('the certificate cannot be used yet');
      const mount = new SecretMount(directory);
      const secret = await aSecret();
      await mount.write(secret);
      const { port, healthPort } = await logged('the webhook serves');
      const clientOf = (ca: string | undefined): TestWebhook =>
        ({ port, healthPort, agent: new Agent({ ca, keepAlive: false }) }) as TestWebhook;
      const client = clientOf(secret[SECRET_KEYS.authority]);
      assert.equal((await review(client, aReview())).allowed, true);
      const { patch } = (await review(client, aReview(), '/default')) as { patch?: string };
      assert.match(Buffer.from(patch ?? '', 'base64').toString(), /example\/mysql:9\.7\.4/);

      // Torn: the key of another certificate. It is not served, and the next whole one is.
      await writeFile(join(directory, '..data', SECRET_KEYS.key), 'torn');
      await logged('the certificate cannot be used yet');
      assert.equal((await review(client, aReview())).allowed, true);
      const next = await aSecret();
      await mount.write(next);
      await logged('the certificate was replaced');
      const nextClient = clientOf(next[SECRET_KEYS.authority]);
      assert.equal((await review(nextClient, aReview())).allowed, true);

      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await logged('the webhook stops');
      assert.equal((await callHealth(nextClient, '/readyz')).status, 503);
      const draining = await call(nextClient, { body: JSON.stringify(aReview()) });
      assert.equal(draining.status, 200);
      assert.deepEqual(await exited, [0, null]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('ends at once when it is stopped before there is a certificate', async () => {
    const { child, logged } = start({ RADONDB_WEBHOOK_CERTIFICATES: '/does/not/exist' });
    await logged('the certificate cannot be used yet');
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('says what is wrong with its environment and that starting again does not help', async () => {
    const { child } = start({ RADONDB_WEBHOOK_PORT: 'https' });
    let text = '';
    child.stderr?.on('data', (chunk) => {
      text += String(chunk);
    });
    assert.deepEqual(await once(child, 'close'), [78, null]);
    assert.match(text, /RADONDB_WEBHOOK_PORT must be a whole number/);
  });
});
