import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';

it('the example of the README runs', async (t) => {
  const readme = await readFile(path.join(import.meta.dirname, '../README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(example !== undefined);
  // Beside the package, so that it imports it by its name as a user does.
  const file = path.join(import.meta.dirname, `.readme-example-${process.pid}.ts`);
  await writeFile(file, example);
  t.after(() => rm(file));
  const args = ['--conditions=@radondb/source', file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  assert.match(stdout, /the sum is 42/);
});
