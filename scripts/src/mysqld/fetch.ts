import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createWorkDir, markerPath, prepareCache, removeAbandonedWork } from './cache.ts';
import { chooseDebianMirror, type DebianMirror, readAptSources } from './debian-mirror.ts';
import { APT_HELPER, downloadAll } from './download.ts';
import { acquireFetchLock } from './fetch-lock.ts';
import { inspectMysqld } from './inspect.ts';
import { compareWithLock, type MysqlLock, readLock } from './lock-file.ts';
import type { DebianArchitecture } from './platform.ts';
import type { PackageFile } from './print-uris.ts';
import { createPrivateApt, type PrivateApt, resolvePackages, updateLists } from './private-apt.ts';
import { describePrivateRoot, linkMergedUsr } from './private-root.ts';
import { withSignalGuard } from './signal-guard.ts';
import { ToolMissingError } from './tool-missing-error.ts';
import type { FetchProgress } from './types.ts';
import { unpackAll } from './unpack.ts';

export type FetchOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly cacheDir: string;
  readonly arch: DebianArchitecture;
  /** The folder of the host's apt configuration; default `/etc/apt`. */
  readonly etcApt?: string;
  readonly lock?: MysqlLock;
  /** Called with the lock held: an installation that another process made meanwhile ends the fetch. */
  readonly lookAgain: () => Promise<boolean>;
  readonly onProgress: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Puts Debian's MySQL into the cache: `CACHE/mysql-VERSION-ARCH`, complete or not at all.
 *
 * @throws ToolMissingError for everything that a person can mend; the signal's reason.
 */
export async function fetchMysql(options: FetchOptions): Promise<void> {
  const mirror = await checkHost(options.etcApt ?? '/etc/apt');
  await prepareCache(options.cacheDir);
  await withSignalGuard(options.signal, async (signal) => {
    const release = await acquireFetchLock({
      cacheDir: options.cacheDir,
      onWait: () =>
        options.onProgress({ step: 'wait', detail: 'another process is fetching MySQL' }),
      signal,
    });
    try {
      if (await options.lookAgain()) return;
      await removeAbandonedWork(options.cacheDir);
      await fetchInto({ ...options, signal }, mirror);
    } finally {
      await release();
    }
  });
}

/** Everything that makes a fetch impossible and can be known before it begins. */
async function checkHost(etcApt: string): Promise<DebianMirror> {
  const tools = ['/usr/bin/apt-get', '/usr/bin/dpkg-deb', APT_HELPER];
  for (const tool of tools) {
    await access(tool).catch((cause: unknown) => {
      const problem = `MySQL can only be fetched with Debian's apt, and ${tool} is not there`;
      throw new ToolMissingError({ code: 'apt-missing', problem, cause });
    });
  }
  const mirror = chooseDebianMirror(await readAptSources(etcApt));
  if (mirror !== null) return mirror;
  throw new ToolMissingError({
    code: 'debian-mirror-missing',
    problem: `MySQL can only be fetched from a Debian mirror, and ${etcApt} names none`,
  });
}

async function fetchInto(options: FetchOptions, mirror: DebianMirror): Promise<void> {
  const { cacheDir, arch, onProgress, signal } = options;
  const work = await createWorkDir(cacheDir);
  try {
    const dirs = { apt: join(work, 'apt'), packages: join(work, 'packages') };
    const root = join(work, 'root');
    for (const dir of [dirs.apt, dirs.packages, root]) await mkdir(dir);
    onProgress({ step: 'lists', detail: 'reading the package lists of Debian' });
    const apt = await createPrivateApt({ dir: dirs.apt, mirror, arch, env: options.env, signal });
    const { files, notes } = await resolve(apt, options);
    await download(apt, files, dirs.packages, onProgress);
    await unpackAll({
      files,
      dir: dirs.packages,
      root,
      onPackage: (done) =>
        onProgress({ step: 'unpack', detail: `${done} of ${files.length} packages` }),
      signal,
    });
    await linkMergedUsr(root);
    onProgress({ step: 'verify', detail: 'starting mysqld --version' });
    await verify(root, arch, signal);
    const server = files.find((file) => file.name === 'mysql-server-core');
    const version = server?.version ?? 'unknown';
    await writeFile(markerPath(root), `${JSON.stringify({ version, notes }, null, 2)}\n`);
    await moveIntoPlace(root, join(cacheDir, `mysql-${version}-${arch.name}`), work);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ToolMissingError) throw cause;
    throw unexpected(cause);
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function resolve(
  apt: PrivateApt,
  options: FetchOptions,
): Promise<{ files: PackageFile[]; notes: string[] }> {
  await updateLists(apt);
  options.onProgress({ step: 'resolve', detail: 'choosing the packages' });
  const files = await resolvePackages(apt);
  const notes = compareWithLock(files, options.lock ?? (await readLock()), options.arch);
  for (const detail of notes) options.onProgress({ step: 'note', detail });
  return { files, notes };
}

async function download(
  apt: PrivateApt,
  files: readonly PackageFile[],
  dir: string,
  onProgress: (progress: FetchProgress) => void,
): Promise<void> {
  const bytesTotal = files.reduce((sum, file) => sum + file.size, 0);
  const detail = `${files.length} packages`;
  const onBytes = (bytesDone: number) =>
    onProgress({ step: 'download', bytesDone, bytesTotal, detail });
  onBytes(0);
  await downloadAll({ apt, files, dir, onBytes });
}

async function verify(
  root: string,
  arch: DebianArchitecture,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { mysqld, pluginDir } = describePrivateRoot(root, arch);
  const inspection = await inspectMysqld(mysqld, { pluginDir, signal });
  if (inspection.ok) return;
  throw new ToolMissingError({
    code: 'fetch-failed',
    problem: `The fetched mysqld cannot be used: ${inspection.reason}`,
  });
}

/** A folder of that name without a working mysqld (somebody removed files) makes room. */
async function moveIntoPlace(root: string, target: string, work: string): Promise<void> {
  await rename(target, join(work, `old-${basename(target)}`)).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
  await rename(root, target);
}

function unexpected(cause: unknown): ToolMissingError {
  const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
  return new ToolMissingError({
    code: isFull ? 'disk-full' : 'fetch-failed',
    problem: `MySQL cannot be fetched: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  });
}
