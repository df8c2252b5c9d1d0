#!/usr/bin/env node
/**
 * `install.mjs FOLDER`: copies this Node and the agent beside this file into FOLDER. It is the init container of a member's pod: the
 * container of MySQL then runs them, whatever image it has. Renamed into place, so that a repetition never leaves half a file.
 */
import { chmod, copyFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.argv[2];
if (folder === undefined || process.argv.length > 3) {
  process.stderr.write('usage: install.mjs FOLDER\n');
  process.exit(64);
}
// Where pods are processes of one machine there is one Node for all of them.
const isLinked = process.env['RADONDB_INSTALL'] === 'link';
const here = dirname(fileURLToPath(import.meta.url));
for (const [from, name, mode] of [
  [process.execPath, 'node', 0o755],
  [join(here, 'agent.mjs'), 'agent.mjs', 0o644],
] as const) {
  const fresh = join(folder, `${name}.new`);
  if (isLinked) {
    await rm(fresh, { force: true });
    await symlink(from, fresh);
  } else {
    await copyFile(from, fresh);
    await chmod(fresh, mode);
  }
  await rename(fresh, join(folder, name));
}
