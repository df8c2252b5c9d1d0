import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { NEEDED_PLUGINS } from '../src/mysqld/plugins.ts';
import type { PackageFile } from '../src/mysqld/print-uris.ts';

/** A package as apt offers it. */
export function aPackage(part: Partial<PackageFile> = {}): PackageFile {
  const name = part.name ?? 'mysql-server-core';
  const version = part.version ?? '9.7.4-2';
  const fileName = `${name}_${version}_amd64.deb`;
  return {
    name,
    version,
    architecture: 'amd64',
    uri: `http://mirror.test/${fileName}`,
    fileName,
    size: 100,
    sha256: '0'.repeat(64),
    ...part,
  };
}

/** A folder that is gone after the test. */
export async function aFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'radondb-scripts-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** An executable shell script. */
export async function aScript(path: string, body: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
}

/** A program that answers `--version` and `--verbose --help` as a mysqld does, with its plugins. */
export async function aMysqld(
  path: string,
  part: { says?: string; plugins?: readonly string[] } = {},
): Promise<void> {
  const says = part.says ?? `${path}  Ver 8.4.6 for Linux on x86_64 (MySQL Community Server - GPL)`;
  const pluginDir = join(dirname(path), 'plugin');
  await mkdir(pluginDir, { recursive: true });
  for (const name of part.plugins ?? NEEDED_PLUGINS) await writeFile(join(pluginDir, name), '');
  const help = `echo 'plugin-dir                 ${pluginDir}/'`;
  await aScript(path, `case "$*" in *--help*) ${help};; *) echo '${says}';; esac`);
}
