import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userCacheDir } from '../mysqld/cache.ts';
import type { KubePartName } from './parts.ts';

const STAMP = 'radondb-complete.json';

/** Written last: a folder without it, or with another version in it, does not count. */
export type Stamp = {
  readonly part: KubePartName;
  /** The pinned version that it was built from. */
  readonly version: string;
  /** The Go that built it: `go1.26.8`. */
  readonly go: string;
};

/** The part of the user's cache for programs of Kubernetes. */
export function kubeCacheDir(env: NodeJS.ProcessEnv): string {
  return join(userCacheDir(env), 'kube');
}

/** The folder of one program in one version for this machine's architecture. */
export function partFolder(cacheDir: string, part: KubePartName, version: string): string {
  return join(cacheDir, `${part}-${version}-${process.platform}-${process.arch}`);
}

/** The executable in such a folder. */
export function executableIn(folder: string, part: KubePartName): string {
  return join(folder, part);
}

/** Whether the folder holds the whole program in this version. */
export async function isComplete(
  folder: string,
  part: KubePartName,
  version: string,
): Promise<boolean> {
  try {
    const stamp = JSON.parse(await readFile(join(folder, STAMP), 'utf8')) as Partial<Stamp>;
    return stamp.part === part && stamp.version === version;
  } catch {
    return false;
  }
}

/** Stamps a finished folder and gives it its name in one step. One that is in the way goes to `work`. */
export async function moveIntoPlace(built: string, target: string, stamp: Stamp): Promise<void> {
  await writeFile(join(built, STAMP), `${JSON.stringify(stamp, null, 2)}\n`);
  const aside = `${built}.replaced`;
  await rename(target, aside).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
  await rename(built, target);
  await rm(aside, { recursive: true, force: true });
}
