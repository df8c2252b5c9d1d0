import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { executableIn, partFolder } from '../../src/kube/cache.ts';
import type { KubePartName } from '../../src/kube/parts.ts';
import { aFolder, aScript } from '../builders.ts';

export const PINNED = {
  etcd: '3.6.8',
  'kube-apiserver': '1.36.3',
  kubectl: '1.36.3',
  helm: '4.1.4',
} as const;

const SAYS: Readonly<Record<KubePartName, (version: string) => string>> = {
  etcd: (version) => `etcd Version: ${version}`,
  'kube-apiserver': (version) => `Kubernetes v${version}`,
  kubectl: (version) => `Client Version: v${version}`,
  helm: (version) => `v${version}+g0a1b2c3`,
};

/** A program that answers its version as the real one does. */
export async function aProgram(path: string, part: KubePartName, version?: string): Promise<void> {
  await aScript(path, `echo '${SAYS[part](version ?? PINNED[part])}'`);
}

/** A program in the cache with its stamp. */
export async function aCached(
  cacheDir: string,
  part: KubePartName,
  stamp: { part?: string; version?: string } | null = {},
): Promise<string> {
  const folder = partFolder(cacheDir, part, PINNED[part]);
  await aProgram(executableIn(folder, part), part);
  const text = JSON.stringify({ part, version: PINNED[part], go: 'go1.26.8', ...stamp });
  if (stamp !== null) await writeFile(join(folder, 'radondb-complete.json'), text);
  return executableIn(folder, part);
}

/** A folder with a cache, a `bin` for PATH and the pins; nothing is found in it yet. */
export async function aMachine(t: TestContext) {
  const dir = await aFolder(t);
  const [cacheDir, bin, pinsDir] = ['cache/kube', 'bin', 'pins'].map((it) => join(dir, it));
  if (cacheDir === undefined || bin === undefined || pinsDir === undefined)
    throw new Error('never');
  for (const it of [bin, pinsDir]) await mkdir(it, { recursive: true });
  const pins = `module pins\n\nrequire (\n\tgo.etcd.io/etcd/server/v3 v${PINNED.etcd}\n\tk8s.io/kubernetes v${PINNED.kubectl}\n)\n`;
  await writeFile(join(pinsDir, 'go.mod'), pins);
  // Nothing else is on PATH, or a kubectl of this machine would be found.
  for (const it of ['chmod', 'sleep']) await symlink(join('/bin', it), join(bin, it));
  return { dir, cacheDir, bin, pinsDir, env: { PATH: bin } };
}

/**
 * A `go` that lists three packages and "compiles" what is asked for: a program that says `says`.
 * A line for each build goes to the file `builds`, so that a test can count them.
 */
export async function aGo(
  machine: { bin: string; dir: string },
  part: { says?: string; build?: string } = {},
): Promise<string> {
  const builds = join(machine.dir, 'builds');
  const write = `for out; do test "$before" = -o && break; before=$out; done
printf '#!/bin/sh\\necho %s\\n' "'${part.says ?? 'etcd Version: 3.6.8'}'" > "$out"; chmod +x "$out"`;
  await aScript(
    join(machine.bin, 'go'),
    `case "$1" in
env) printf 'go1.26.8\\n${machine.dir}\\n';;
list) echo 'go: downloading example.test/a v1.0.0' >&2; printf 'a\\nb\\nc\\n';;
build) echo "$*" >> '${builds}'; ${part.build ?? `printf 'example.test/a\\nexample.test/b\\n' >&2; ${write}`};;
esac`,
  );
  return builds;
}
