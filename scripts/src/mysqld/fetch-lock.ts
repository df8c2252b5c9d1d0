import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentOwner, formatOwner, parseOwner, stateOfOwner } from './owner.ts';

/** After this long even an owner of which nothing is known has given up: a fetch takes a minute. */
export const ABANDONED_AFTER_MS = 30 * 60_000;
const POLL_MS = 250;
/** Two callers in one process have drafts of their own. */
let drafts = 0;

export type FetchLockOptions = {
  readonly cacheDir: string;
  /** Called once when another process is at work. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Takes the lock file of the cache, and recovers one whose process has ended. It saves a second
 * download; the result does not depend on it: each fetch has a folder of its own and the last
 * step is one rename, so two that get here together still leave one whole installation.
 *
 * @returns the function that gives the lock back.
 * @throws the signal's reason.
 */
export async function acquireFetchLock(options: FetchLockOptions): Promise<() => Promise<void>> {
  const path = join(options.cacheDir, 'fetch.lock');
  const mine = formatOwner(await currentOwner());
  drafts += 1;
  const draft = join(options.cacheDir, `.lock-${mine}-${drafts}`);
  let hasWaited = false;
  await writeFile(draft, mine);
  try {
    // link() makes the name and its content appear at once, or fails.
    while (!(await tryLink(draft, path))) {
      const isRemoved = await removeStale(path, `${draft}.stale`);
      if (isRemoved) continue;
      if (!hasWaited) options.onWait?.();
      hasWaited = true;
      await sleep(POLL_MS, undefined, { signal: options.signal });
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    // Only one's own: it may have been taken for abandoned meanwhile.
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text === mine) await rm(path, { force: true });
  };
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a lock without a living owner away. True when the path is worth another try. */
async function removeStale(path: string, aside: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return true;
  const owner = parseOwner(text);
  const state = owner === null ? 'unknown' : await stateOfOwner(owner);
  if (state === 'alive') return false;
  if (state === 'unknown' && !(await isOlderThan(path, ABANDONED_AFTER_MS))) return false;
  try {
    await rename(path, aside);
  } catch {
    return true;
  }
  // Another process was faster and what was moved is its new lock: put it back.
  if ((await readFile(aside, 'utf8').catch(() => text)) !== text) await tryLink(aside, path);
  await rm(aside, { force: true });
  return true;
}

/** True when the file or folder was last changed longer ago; false when it is gone. */
export async function isOlderThan(path: string, ageMs: number): Promise<boolean> {
  return await stat(path).then(
    (it) => Date.now() - it.mtimeMs > ageMs,
    () => false,
  );
}
