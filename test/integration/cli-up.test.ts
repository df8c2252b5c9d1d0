import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'radondb-cli-'));
const data = join(folder, 'data');
const env = { ...process.env, RADONDB_DATA: data };

after(async () => {
  await radondb('down', '--delete');
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function radondb(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const node = ['--conditions=@radondb/source', MAIN, ...args];
    execFile(process.execPath, node, { env, timeout: 180_000 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}

async function ok(...args: string[]): Promise<string> {
  const { code, out, err } = await radondb(...args);
  assert.equal(code, 0, `radondb ${args.join(' ')}: ${out}${err}`);
  return out;
}

async function status() {
  return JSON.parse(await ok('status', 'demo', '-o', 'json')).status;
}

async function sql(text: string, ...options: string[]): Promise<string> {
  return (await ok('mysql', 'demo', ...options, '--', '--skip-column-names', '-e', text)).trim();
}

/** Processes of this data folder that still run. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .filter((words) => words.includes(data));
}

async function eventually(what: string, look: () => Promise<boolean>, deadlineMs = 60_000) {
  const deadline = performance.now() + deadlineMs;
  while (!(await look())) {
    assert.ok(performance.now() < deadline, `waited in vain for: ${what}`);
    await sleep(200);
  }
}

test('up --detach returns when the cluster is Ready and prints how to connect', async () => {
  const out = await ok('up', '--detach', '--timeout', '120s');
  assert.match(out, /demo {2}Ready {2}3\/3 members/);
  assert.match(out, /npm exec radondb -- mysql demo/);
  const { primary, members, endpoints } = await status();
  assert.equal(members.length, 3);
  assert.match(endpoints.primary, /^127\.0\.0\.1:\d+$/);
  const local = members.find((it: { name: string }) => it.name === primary).local;
  assert.ok(existsSync(`/proc/${local.mysqldPid}`) && existsSync(`/proc/${local.agentPid}`));
  assert.ok(local.dataDir.startsWith(`${data}/clusters/demo/members/${primary}`));
});

test('the application account creates a schema and is no administrator', async () => {
  const { user, password, port, dsn } = JSON.parse(
    await ok('credentials', 'demo', '--format', 'json'),
  );
  assert.ok(dsn.includes(`${user}:${password}@127.0.0.1:${port}`));
  await sql(
    'create database shop; create table shop.t (id int primary key); insert into shop.t values (1)',
  );
  await eventually(
    'the row on a replica',
    async () => (await sql('select id, @@read_only from shop.t', '--replica')) === '1\t1',
  );
  const refused = await radondb('mysql', 'demo', '--', '-e', 'set global read_only = 0');
  assert.equal(refused.code, 1);
});

test('no password stands on a command line', async () => {
  const { password } = JSON.parse(await ok('credentials', 'demo', '--format', 'json'));
  assert.ok(processes().length >= 7);
  for (const words of processes()) assert.ok(!words.includes(password));
});

test('a second up is refused and says who holds the folder', async () => {
  for (const detach of [[], ['--detach']]) {
    const { code, err } = await radondb('up', ...detach);
    assert.equal(code, 3);
    assert.match(err, /is held by process \d+ since .*radondb down/);
  }
});

test('a killed primary is replaced, and writes go on through the same endpoint', async () => {
  const before = await status();
  const find = (it: { name: string }): boolean => it.name === before.primary;
  process.kill(before.members.find(find).local.mysqldPid, 'SIGKILL');
  await eventually('another primary', async () => {
    const { code } = await radondb(
      'mysql',
      'demo',
      '--',
      '-e',
      'insert ignore into shop.t values (2)',
    );
    return code === 0 && (await status()).epoch > before.epoch;
  });
  const { primary, lastFailover } = await status();
  assert.notEqual(primary, before.primary);
  assert.equal(lastFailover.from, before.primary);
  await eventually('the former primary back', async () => (await status()).readyMembers === '3/3');
});

test('switchover goes where it is told and says how long writes were shut', async () => {
  const { primary, members } = await status();
  const other = members.find((it: { name: string }) => it.name !== primary).name;
  let out = '';
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await radondb('switchover', 'demo', '--to', other);
    out = answer.out;
    if (answer.code === 0) break;
    assert.ok(performance.now() < deadline, answer.err);
    await sleep(500);
  }
  assert.match(
    out,
    new RegExp(`demo: ${primary} → ${other}, epoch \\d+, writes were shut for \\d+ ms`),
  );
  const unknown = await radondb('switchover', 'demo', '--to', 'nobody');
  assert.equal(unknown.code, 4);
});

test('logs can be read', async () => {
  const out = await ok('logs', 'demo', '-n', '20');
  assert.match(out, /^\d{4}-\d\d-\d\dT[\d:.]+Z demo-\d (info|warn|error) /m);
});

test('a SIGKILLed box leaves nothing behind, and the next up goes on with the data', async () => {
  const { pid } = JSON.parse(readFileSync(join(data, 'lock'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await eventually('everything gone', async () => processes().length === 0, 10_000);
  const gone = await radondb('status');
  assert.equal(gone.code, 4);
  assert.match(gone.out, /not running/);
  await ok('up', '--detach', '--timeout', '120s');
  assert.equal(await sql('select group_concat(id order by id) from shop.t'), '1,2');
});

test('down --delete removes everything', async () => {
  await ok('down', '--delete');
  assert.equal(existsSync(data), false);
  assert.deepEqual(processes(), []);
});
