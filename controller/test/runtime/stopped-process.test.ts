import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { holderOf } from '../support/candidate.ts';
import { eventually } from '../support/eventually.ts';
import { FakeApiServer } from '../support/fake-api-server.ts';

const CANDIDATE = fileURLToPath(new URL('../support/candidate-process.ts', import.meta.url));
const DEADLINE_MS = 60_000;

it('a stopped process that goes on writes nothing before it is elected again', {
  timeout: 4 * DEADLINE_MS,
}, async () => {
  const server = await FakeApiServer.start();
  const children: ChildProcess[] = [];
  const start = (identity: string): ChildProcess => {
    const args = ['--conditions=@radondb/source', CANDIDATE, server.url, identity];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  };
  /** Identity → writes that arrived while it held the lease, and while it did not. */
  const rightful = new Map<string, number>();
  const wrongful: string[] = [];
  server.onRequest = ({ verb, query }) => {
    if (verb !== 'apply') return;
    const writer = query.get('fieldManager') ?? '';
    if (holderOf(server) === writer) rightful.set(writer, (rightful.get(writer) ?? 0) + 1);
    else wrongful.push(writer);
  };
  const writesOf = (identity: string): number => rightful.get(identity) ?? 0;
  try {
    const a = start('a');
    await eventually('a writes', () => writesOf('a') > 20, DEADLINE_MS);
    const b = start('b');
    await eventually(
      'b looks at the lease',
      () => server.requests.some(({ verb, plural }) => verb === 'get' && plural === 'leases'),
      DEADLINE_MS,
    );
    let aLost = false;
    a.stdout?.once('data', () => {
      aLost = true;
    });
    a.kill('SIGSTOP');
    await eventually('b writes', () => writesOf('b') > 20, DEADLINE_MS);
    const before = writesOf('a');
    a.kill('SIGCONT');
    await eventually('a has noticed', () => aLost, DEADLINE_MS);
    assert.equal(writesOf('a'), before);
    b.kill('SIGTERM');
    await eventually('a writes again', () => writesOf('a') > before + 20, DEADLINE_MS);
    assert.deepEqual(wrongful, []);
  } finally {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await server.close();
  }
});
