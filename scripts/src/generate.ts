// `npm run generate [-- --check]`: writes the generated files, or names the stale ones and fails.
import { fileURLToPath } from 'node:url';
import { findStale, writeStale } from './generated/generator.ts';
import { GENERATORS } from './generated/generators.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const total = `${GENERATORS.length} generated file${GENERATORS.length === 1 ? '' : 's'}`;

if (process.argv.includes('--check')) {
  const stale = await findStale(ROOT, GENERATORS);
  for (const output of stale) process.stderr.write(`stale: ${output} (run npm run generate)\n`);
  if (stale.length === 0) process.stdout.write(`${total}, all up to date\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const output of await writeStale(ROOT, GENERATORS)) process.stdout.write(`${output}\n`);
  process.stdout.write(`${total} up to date\n`);
}
