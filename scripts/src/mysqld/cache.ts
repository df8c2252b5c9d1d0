import { mkdir, mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ABANDONED_AFTER_MS, isOlderThan } from './fetch-lock.ts';
import { currentOwner, formatOwner, parseOwner, stateOfOwner } from './owner.ts';
import type { DebianArchitecture } from './platform.ts';
import { ToolMissingError } from './tool-missing-error.ts';

/** Packages (63 MB), lists (60 MB) and the unpacked files (409 MB) together, with a reserve. */
export const NEEDED_BYTES = 700 * 1024 * 1024;

const MARKER = 'radondb-complete.json';
const WORK = '.fetch-';

/** The file that is written last, and without which a folder does not count. */
export type CompleteMarker = { readonly version: string; readonly notes: readonly string[] };

/** `${XDG_CACHE_HOME:-~/.cache}/radondb-mysql`; a relative XDG_CACHE_HOME counts as unset. */
export function userCacheDir(env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg?.startsWith('/') ? xdg : join(env['HOME'] ?? homedir(), '.cache');
  return join(base, 'radondb-mysql');
}

/** The folders with a MySQL for this architecture, newest version first. */
export async function listRoots(cacheDir: string, arch: DebianArchitecture): Promise<string[]> {
  const names = await readdir(cacheDir).catch(() => []);
  return names
    .filter((name) => name.startsWith('mysql-') && name.endsWith(`-${arch.name}`))
    .toSorted((left, right) => right.localeCompare(left, 'en', { numeric: true }))
    .map((name) => join(cacheDir, name));
}

/** The marker of a completely unpacked folder; null when there is none. */
export async function readMarker(root: string): Promise<CompleteMarker | null> {
  try {
    const marker = JSON.parse(await readFile(join(root, MARKER), 'utf8')) as CompleteMarker;
    return typeof marker.version === 'string' && Array.isArray(marker.notes) ? marker : null;
  } catch {
    return null;
  }
}

/** Path of the marker within a root. */
export function markerPath(root: string): string {
  return join(root, MARKER);
}

/**
 * Makes the cache folder, and a folder of its own in it for one fetch, whose name says which
 * process it belongs to.
 *
 * @throws ToolMissingError `cache-not-writable` or `disk-full`, before anything is downloaded.
 */
export async function createWorkDir(cacheDir: string): Promise<string> {
  await prepareCache(cacheDir);
  return await makeWorkDir(cacheDir);
}

/** The second half of `createWorkDir`: the folder itself, which `removeAbandonedWork` knows. */
export async function makeWorkDir(cacheDir: string): Promise<string> {
  const owner = formatOwner(await currentOwner());
  return await mkdtemp(join(cacheDir, `${WORK}${owner}_`));
}

/** The first half of `createWorkDir`: that one can write there and that the space is enough. */
export async function prepareCache(cacheDir: string): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true });
    // access() says yes to root on a read-only file system; only writing tells.
    const probe = await mkdtemp(join(cacheDir, '.probe-'));
    await rm(probe, { recursive: true });
  } catch (cause) {
    const problem = `The cache folder ${cacheDir} cannot be written to`;
    throw new ToolMissingError({ code: 'cache-not-writable', problem, cause });
  }
  const disk = await statfs(cacheDir);
  const free = disk.bavail * disk.bsize;
  if (free >= NEEDED_BYTES) return;
  throw new ToolMissingError({
    code: 'disk-full',
    problem: `${cacheDir} has ${mebibytes(free)} MiB free and ${mebibytes(NEEDED_BYTES)} MiB are needed`,
  });
}

/** Removes what fetches left that were killed before they could clean up. */
export async function removeAbandonedWork(cacheDir: string): Promise<void> {
  const names = await readdir(cacheDir);
  for (const name of names.filter((it) => it.startsWith(WORK))) {
    const path = join(cacheDir, name);
    const owner = parseOwner(name.slice(WORK.length).split('_', 1)[0] ?? '');
    const state = owner === null ? 'unknown' : await stateOfOwner(owner);
    const isAbandoned =
      state === 'gone' || (state === 'unknown' && (await isOlderThan(path, ABANDONED_AFTER_MS)));
    if (isAbandoned) await rm(path, { recursive: true, force: true });
  }
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024);
}
