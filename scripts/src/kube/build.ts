import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeWorkDir, removeAbandonedWork } from '../mysqld/cache.ts';
import { acquireFetchLock } from '../mysqld/fetch-lock.ts';
import { withSignalGuard } from '../mysqld/signal-guard.ts';
import { executableIn, isComplete, moveIntoPlace, partFolder } from './cache.ts';
import { compile } from './compile.ts';
import { findGo, type Go } from './go.ts';
import { inspectPart } from './inspect.ts';
import { KubeMissingError } from './kube-missing-error.ts';
import { KUBE_PARTS, type KubePartName } from './parts.ts';
import { pinnedVersionOf } from './pins.ts';
import type { BuildProgress } from './types.ts';

export type BuildOptions = {
  readonly parts: readonly KubePartName[];
  readonly env: NodeJS.ProcessEnv;
  readonly cacheDir: string;
  readonly pinsDir: string;
  readonly onProgress: (progress: BuildProgress) => void;
  readonly signal: AbortSignal | undefined;
};

/** The programs themselves, and what go compiles for them beside. */
const NEEDED = { cache: 400 * 1024 ** 2, go: 3 * 1024 ** 3 } as const;

/**
 * Builds programs into the cache, each complete or not at all, one after the other. One that another
 * process has built meanwhile is left as it is.
 *
 * @throws KubeMissingError for everything that a person can mend; the signal's reason.
 */
export async function buildParts(options: BuildOptions): Promise<void> {
  const { cacheDir, parts, onProgress } = options;
  const [first] = parts;
  if (first === undefined) return;
  await prepareCache(cacheDir, parts);
  await withSignalGuard(options.signal, async (signal) => {
    const onWait = () =>
      onProgress({ step: 'wait', part: first, detail: 'another process is building' });
    const release = await acquireFetchLock({ cacheDir, onWait, signal });
    try {
      await removeAbandonedWork(cacheDir);
      let go: Go | null = null;
      for (const part of parts) {
        const version = await pinnedVersionOf(options.pinsDir, part);
        const target = partFolder(cacheDir, part, version);
        const program = executableIn(target, part);
        const isThere = await isComplete(target, part, version);
        if (isThere && (await inspectPart(KUBE_PARTS[part], program, signal)).ok) continue;
        go ??= await readyGo({ ...options, signal });
        await buildOne({ ...options, signal }, { go, part, version, target });
      }
    } finally {
      await release();
    }
  });
}

type Job = {
  readonly go: Go;
  readonly part: KubePartName;
  readonly version: string;
  readonly target: string;
};

async function buildOne(options: BuildOptions, job: Job): Promise<void> {
  const { cacheDir, pinsDir, onProgress, signal } = options;
  const { go, part, version, target } = job;
  const work = await makeWorkDir(cacheDir);
  try {
    const folder = join(work, part);
    await mkdir(folder);
    const output = executableIn(folder, part);
    await compile({ go, pinsDir, part, version, output, onProgress, signal });
    onProgress({ step: 'verify', part, detail: 'that it starts' });
    const inspection = await inspectPart(KUBE_PARTS[part], output, signal);
    if (!inspection.ok) {
      const problem = `The built ${part} cannot be used: ${inspection.reason}`;
      throw new KubeMissingError({ code: 'build-failed', problem, missing: [part] });
    }
    await moveIntoPlace(folder, target, { part, version, go: go.version });
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Go, with the space that it needs: minutes of compiling that end in a full disk help nobody. */
async function readyGo(options: BuildOptions): Promise<Go> {
  const { env, pinsDir, parts: missing, signal } = options;
  const go = await findGo({ env, pinsDir, missing, signal });
  await requireSpace(go.buildCache, NEEDED.go, missing);
  return go;
}

async function prepareCache(cacheDir: string, missing: readonly KubePartName[]): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true });
    // access() says yes to root on a read-only file system; only writing tells.
    await rm(await mkdtemp(join(cacheDir, '.probe-')), { recursive: true });
  } catch (cause) {
    const problem = `The cache folder ${cacheDir} cannot be written to`;
    throw new KubeMissingError({ code: 'cache-not-writable', problem, missing, cause });
  }
  await requireSpace(cacheDir, NEEDED.cache, missing);
}

async function requireSpace(
  folder: string,
  needed: number,
  missing: readonly KubePartName[],
): Promise<void> {
  const disk = await statfs(folder).catch(() => null);
  // Go makes its folders itself: the first that exists above tells which disk it will be.
  if (disk === null) {
    return folder === dirname(folder)
      ? undefined
      : await requireSpace(dirname(folder), needed, missing);
  }
  const free = disk.bavail * disk.bsize;
  if (free >= needed) return;
  const mebibytes = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MiB`;
  const problem = `${folder} has ${mebibytes(free)} free and ${mebibytes(needed)} are needed to build ${missing.join(', ')}`;
  throw new KubeMissingError({ code: 'disk-full', problem, missing });
}
