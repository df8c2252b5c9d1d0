import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

async function aPayload(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'install-'));
  t.after(async () => await rm(root, { recursive: true, force: true }));
  const [image, target] = [join(root, 'image'), join(root, 'target')];
  await mkdir(image);
  await mkdir(target);
  const program = join(image, 'install.ts');
  await copyFile(fileURLToPath(new URL('../src/install.ts', import.meta.url)), program);
  await writeFile(join(image, 'agent.mjs'), 'console.log("the agent")\n');
  return { program, target };
}

test('the payload is copied whole, executable, and can be copied again', async (t) => {
  const { program, target } = await aPayload(t);
  for (let turn = 0; turn < 2; turn += 1) await run(process.execPath, [program, target]);
  assert.deepEqual((await readdir(target)).sort(), ['agent.mjs', 'node']);
  assert.equal(await readFile(join(target, 'agent.mjs'), 'utf8'), 'console.log("the agent")\n');
  assert.equal((await stat(join(target, 'node'))).mode & 0o111, 0o111);
  const { stdout } = await run(join(target, 'node'), [join(target, 'agent.mjs')]);
  assert.equal(stdout, 'the agent\n');
});

test('without a folder it says how it is used', async (t) => {
  const { program } = await aPayload(t);
  await assert.rejects(run(process.execPath, [program]), { code: 64 });
});
