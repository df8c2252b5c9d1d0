import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../src/command.ts';
import { applyFilters, parseArguments } from '../src/testing/arguments.ts';
import { runTestFile } from '../src/testing/test-process.ts';
import { countRecords, parseRecords, type TestRecord } from '../src/testing/test-record.ts';
import { aFolder } from './builders.ts';

const RUNNER = fileURLToPath(new URL('../src/run-tests.ts', import.meta.url));

async function aRepository(t: TestContext, files: Record<string, string>): Promise<string> {
  const root = await aFolder(t);
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `import { describe, test } from 'node:test';\n${text}`);
  }
  return root;
}

async function runIn(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return await runCommand(
    { file: process.execPath, args: [RUNNER] },
    { args, env: { ...process.env, RADONDB_TEST_ROOT: root, ...env }, timeoutMs: 60_000 },
  );
}

function aRecord(part: Partial<TestRecord>): TestRecord {
  const none = { skip: false, todo: false, failureType: '' } as const;
  return { outcome: 'pass', type: 'test', name: 'it works', ...none, ...part };
}

test('tests are counted, suites are not, and each skip keeps its reason', () => {
  const counts = countRecords([
    aRecord({}),
    aRecord({ outcome: 'fail', failureType: 'testCodeFailure' }),
    aRecord({ skip: 'needs root' }),
    aRecord({ skip: true, name: 'mute' }),
    aRecord({ outcome: 'fail', todo: 'later', name: 'soon' }),
    aRecord({ type: 'suite' }),
    aRecord({ type: 'suite', outcome: 'fail', failureType: 'subtestsFailed' }),
    aRecord({ type: 'suite', outcome: 'fail', failureType: 'hookFailed' }),
  ]);
  assert.equal(counts.passed, 1);
  assert.equal(counts.failed, 2, 'a failed hook fails although no test did');
  assert.deepEqual(counts.skipped, [
    { name: 'it works', reason: 'needs root' },
    { name: 'mute', reason: 'no reason given' },
    { name: 'soon', reason: 'TODO later' },
  ]);
});

test('a record that a kill cut off is left out', () => {
  const whole = `${JSON.stringify(aRecord({}))}\n`;
  assert.equal(parseRecords(`${whole}{"outcome":"pa`).length, 1);
});

test('arguments are tiers in their order, filters, and nothing unknown', () => {
  assert.deepEqual(parseArguments([]).tiers, ['unit', 'integration', 'chaos']);
  const args = parseArguments(['integration', 'raft/', 'unit', '--verbose']);
  assert.deepEqual(args, { tiers: ['unit', 'integration'], filters: ['raft/'], isVerbose: true });
  assert.deepEqual(applyFilters(['raft/test/a.test.ts', 'api/test/a.test.ts'], ['./raft']), [
    'raft/test/a.test.ts',
  ]);
  assert.throws(() => parseArguments(['--fast']), /unknown option --fast/);
});

test('a green run ends with the closing line and 0', async (t) => {
  const root = await aRepository(t, {
    'raft/test/deep/a.test.ts': "test('one', () => {}); test('two', { skip: 'why not' });",
    'test/b.test.ts': "describe('s', () => { test('three', () => {}); });",
    'test/integration/c.test.ts': "test('not in this tier', () => { throw new Error(); });",
  });
  const { code, stdout } = await runIn(root, ['unit']);
  assert.match(stdout, /unit: 2 files, 3 tests: 2 passed, 0 failed, 1 skipped in/);
  assert.match(stdout, /skipped: raft\/test\/deep\/a\.test\.ts › two: why not/);
  assert.match(stdout, /\n2 passed, 0 failed, 1 skipped\n$/);
  assert.equal(code, 0);
});

test('a failing test, a crash, and a file without tests each fail the run', async (t) => {
  const root = await aRepository(t, {
    'raft/test/a.test.ts': "test('bad', () => { throw new Error('so bad'); });",
    'raft/test/b.test.ts': 'process.exit(7);',
    'raft/test/c.test.ts': '',
    'raft/test/d.test.ts': "import './missing.ts'; test('never', () => {});",
  });
  const { code, stdout } = await runIn(root, ['unit']);
  assert.match(stdout, /so bad/);
  assert.match(stdout, /failed: raft\/test\/b\.test\.ts: it ended with 7/);
  assert.match(stdout, /failed: raft\/test\/c\.test\.ts: there is not one test in it/);
  assert.match(stdout, /failed: raft\/test\/d\.test\.ts: it ended with 1/);
  assert.match(stdout, /\n0 passed, 4 failed, 0 skipped\n$/);
  assert.equal(code, 1);
});

test('a tier without files fails, and so does a filter that nothing matches', async (t) => {
  const root = await aRepository(t, { 'api/test/a.test.ts': "test('one', () => {});" });
  const empty = await runIn(root, ['integration']);
  assert.match(empty.stdout, /integration: FAILED \(0 files\): there is not one test file/);
  assert.equal(empty.code, 1);
  const nothing = await runIn(root, ['unit', 'no-such-file']);
  assert.match(nothing.stdout, /no test file matches no-such-file/);
  assert.equal(nothing.code, 1);
});

test('without mysqld a tier that needs it is a loud skip, and a failure in CI', async (t) => {
  const root = await aRepository(t, { 'test/integration/a.test.ts': "test('one', () => {});" });
  const env = { RADONDB_MYSQLD: join(root, 'nothing') };
  const local = await runIn(root, ['integration'], { ...env, CI: '' });
  assert.match(local.stdout, /\*\*\* SKIP integration: RADONDB_MYSQLD=.* cannot be used/);
  assert.match(local.stdout, /\n0 passed, 0 failed, 1 skipped\n$/);
  assert.equal(local.code, 0);
  const ci = await runIn(root, ['integration'], { ...env, CI: 'true' });
  assert.match(ci.stdout, /\n0 passed, 1 failed, 0 skipped\n$/);
  assert.equal(ci.code, 1);
});

test('a file that takes too long is killed with its children and has failed', async (t) => {
  const root = await aRepository(t, {
    'a.test.ts': `import { spawn } from 'node:child_process';
test('one', () => {});
test('hangs', async () => {
  console.log('child', spawn('sleep', ['600'], { stdio: 'inherit' }).pid);
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});`,
  });
  const { signal } = new AbortController();
  const result = await runTestFile({ root, file: 'a.test.ts', timeoutMs: 1500, signal });
  assert.deepEqual(result.problems, ['it took longer than 1.5 s and was killed']);
  assert.equal(result.failed >= 1, true);
  assert.ok(result.durationMs < 10_000);
});
