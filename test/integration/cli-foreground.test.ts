import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'radondb-cli-'));
const data = join(folder, 'data');
const file = join(folder, 'one.yaml');
writeFileSync(
  file,
  'apiVersion: radondb.com/v1\nkind: MysqlCluster\nmetadata: {name: one}\nspec: {replicas: 1}\n',
);

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** What it has printed so far, both streams. */
  text(): string;
}

const started: ChildProcess[] = [];

function radondb(...args: string[]): Running {
  const node = ['--conditions=@radondb/source', MAIN, ...args, '--data', data];
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, text: () => text };
}

async function eventually(what: string, look: () => boolean, deadlineMs = 90_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!look()) {
    assert.ok(performance.now() < deadline, `waited in vain for: ${what}`);
    await sleep(50);
  }
}

after(async () => {
  for (const child of started) child.kill('SIGKILL');
  await radondb('down', '--delete').ended;
  rmSync(folder, { recursive: true, force: true });
});

test('SIGINT while it starts stops it, and leaves nothing', async () => {
  const up = radondb('up', '-f', file);
  await eventually('an agent', () => existsSync(join(data, 'clusters/one/members/one-0/logs')));
  up.child.kill('SIGINT');
  assert.equal(await up.ended, 130);
});

test('in the foreground it says what happens, how to connect, and ends on SIGINT with 0', async () => {
  const up = radondb('up', '-f', file);
  await eventually('Ready', () => /one {2}Ready {2}1\/1 members/.test(up.text()));
  await eventually('help', () => up.text().includes('npm exec radondb -- mysql one --data'));
  const page = /http:\/\/127\.0\.0\.1:\d+\//.exec(up.text())?.[0] ?? '';
  assert.match(await (await fetch(page)).text(), /one-0/);
  up.child.kill('SIGINT');
  // npm passes Ctrl-C on a second time.
  up.child.kill('SIGINT');
  assert.equal(await up.ended, 0);
  assert.match(up.text(), /Stopped\. The data stays/);
});

test('a port that somebody else has is named, with its member, and ends with 5', async (t) => {
  const { ports } = JSON.parse(readFileSync(join(data, 'clusters/one/state.json'), 'utf8'));
  const port = ports.members['one-0'];
  const server = createServer().listen(port, '127.0.0.1');
  t.after(() => server.close());
  const up = radondb('up', '-f', file, '--detach');
  assert.equal(await up.ended, 5);
  assert.ok(
    up.text().includes(`127.0.0.1:${port} (mysqld of one-0) is in use by process ${process.pid}`),
  );
});

test('a damaged raft log is refused, and its file named', async () => {
  const raft = join(data, 'clusters/one/members/one-0/raft');
  const kept = join(folder, 'kept');
  const { cpSync, readdirSync } = await import('node:fs');
  mkdirSync(kept);
  cpSync(raft, kept, { recursive: true });
  for (const entry of readdirSync(raft, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    for (let at = 0; at < Math.min(bytes.length, 200); at += 1) bytes[at] = 0xa5;
    writeFileSync(path, bytes);
  }
  const up = radondb('up', '-f', file, '--detach', '--timeout', '15s');
  assert.equal(await up.ended, 1);
  assert.ok(up.text().includes(raft), up.text());
  assert.equal(await radondb('down').ended, 0);
  rmSync(raft, { recursive: true });
  cpSync(kept, raft, { recursive: true });
});

test('a mysqld that does not start shows its last lines', async () => {
  const cnf = readFileSync(file, 'utf8').replace(
    '{replicas: 1}',
    '{replicas: 1, mysql: {config: {default_time_zone: "Nowhere"}}}',
  );
  const bad = join(folder, 'bad.yaml');
  writeFileSync(bad, cnf);
  const up = radondb('up', '-f', bad, '--detach', '--timeout', '30s');
  assert.notEqual(await up.ended, 0);
  assert.match(up.text(), /unknown default time zone.*Nowhere/i);
  assert.equal(await radondb('down').ended, 0);
});
