import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findOnPath } from '../on-path.ts';
import { buildParts } from './build.ts';
import { executableIn, isComplete, kubeCacheDir, partFolder } from './cache.ts';
import { inspectPart } from './inspect.ts';
import { KubeMissingError } from './kube-missing-error.ts';
import { KUBE_PARTS, type KubePartName } from './parts.ts';
import { PINS_DIR, pinnedVersionOf } from './pins.ts';
import type { FindKubeOptions, KubeProgram, KubeSource, PassedOver } from './types.ts';

type Search = {
  readonly name: KubePartName;
  readonly options: FindKubeOptions;
  readonly passedOver: PassedOver[];
};

/**
 * Finds programs of Kubernetes: a variable that names the executable (`TEST_ASSET_ETCD`, …), the
 * folder KUBEBUILDER_ASSETS, PATH, the user's cache; and when asked to, builds what is missing into
 * that cache from the versions that `tools/kube/go.mod` pins. Each candidate is really started.
 *
 * @throws KubeMissingError that names every one that is missing; an unusable variable is an error at
 *   once: who names a program wants that one.
 */
export async function findKubeParts<Name extends KubePartName>(
  names: readonly Name[],
  options: FindKubeOptions,
): Promise<Readonly<Record<Name, KubeProgram>>> {
  const searches = names.map((name): Search => ({ name, options, passedOver: [] }));
  const early = await Promise.all(searches.map(findExisting));
  const absent = searches.filter((_, index) => early[index] === null);
  const missing = absent.map((search) => search.name);
  const passedOver = absent.flatMap((search) => search.passedOver);
  if (missing.length > 0 && options.build === 'never') {
    const problem = `${missing.join(', ')} ${missing.length === 1 ? 'was' : 'were'} not found`;
    throw new KubeMissingError({ code: 'not-found', problem, missing, passedOver });
  }
  await build(missing, options, passedOver);
  const found = await Promise.all(
    searches.map(async (it, index) => early[index] ?? (await fromCache(it, 'built'))),
  );
  const gone = names.filter((_, index) => found[index] === null);
  if (gone.length > 0) {
    const problem = `What was built is gone again: ${gone.join(', ')}`;
    throw new KubeMissingError({ code: 'build-failed', problem, missing: gone });
  }
  return Object.fromEntries(names.map((name, index) => [name, found[index]])) as Record<
    Name,
    KubeProgram
  >;
}

async function findExisting(search: Search): Promise<KubeProgram | null> {
  return (
    (await fromVariable(search)) ??
    (await fromAssets(search)) ??
    (await fromPath(search)) ??
    (await fromCache(search, 'cache'))
  );
}

async function build(
  missing: readonly KubePartName[],
  options: FindKubeOptions,
  passedOver: readonly PassedOver[],
): Promise<void> {
  try {
    await buildParts({
      parts: missing,
      env: options.env,
      cacheDir: options.cacheDir ?? kubeCacheDir(options.env),
      pinsDir: options.pinsDir ?? PINS_DIR,
      onProgress: options.onProgress ?? (() => {}),
      signal: options.signal,
    });
  } catch (error) {
    if (!(error instanceof KubeMissingError)) throw error;
    const { code, problem, cause } = error;
    throw new KubeMissingError({ code, problem, missing: error.missing, passedOver, cause });
  }
}

async function fromVariable(search: Search): Promise<KubeProgram | null> {
  const { variable } = KUBE_PARTS[search.name];
  const named = search.options.env[variable];
  if (named === undefined || named === '') return null;
  const found = await attempt(search, resolve(named), 'env');
  return typeof found === 'string' ? unusable(search, `${variable}=${named}`, found) : found;
}

async function fromAssets(search: Search): Promise<KubeProgram | null> {
  const folder = search.options.env['KUBEBUILDER_ASSETS'];
  if (folder === undefined || folder === '') return null;
  const variable = `KUBEBUILDER_ASSETS=${folder}`;
  const kind = await stat(folder).catch(() => null);
  if (kind?.isDirectory() !== true) return unusable(search, variable, 'there is no such folder');
  const path = join(resolve(folder), search.name);
  // envtest's folder has three programs, and we may be asked for another one.
  if ((await stat(path).catch(() => null)) === null) {
    search.passedOver.push({ path, reason: 'there is no such file' });
    return null;
  }
  const found = await attempt(search, path, 'assets');
  return typeof found === 'string' ? unusable(search, variable, found) : found;
}

async function fromPath(search: Search): Promise<KubeProgram | null> {
  for (const path of await findOnPath(search.name, search.options.env)) {
    const found = await attempt(search, path, 'path');
    if (typeof found !== 'string') return found;
    search.passedOver.push({ path, reason: found });
  }
  return null;
}

async function fromCache(search: Search, source: 'cache' | 'built'): Promise<KubeProgram | null> {
  const { name, options } = search;
  const version = await pinnedVersionOf(options.pinsDir ?? PINS_DIR, name);
  const folder = partFolder(options.cacheDir ?? kubeCacheDir(options.env), name, version);
  if (!(await isComplete(folder, name, version))) return null;
  const path = executableIn(folder, name);
  const found = await attempt(search, path, source);
  if (typeof found !== 'string') return found;
  search.passedOver.push({ path, reason: found });
  return null;
}

/** The program at that path, or why it cannot be used. */
async function attempt(
  search: Search,
  path: string,
  source: KubeSource,
): Promise<KubeProgram | string> {
  const { name, options, passedOver } = search;
  const isFile = await stat(path).then(
    (it) => it.isFile(),
    () => false,
  );
  if (!isFile) return 'there is no such file';
  const inspection = await inspectPart(KUBE_PARTS[name], path, options.signal);
  if (!inspection.ok) return inspection.reason;
  return { name, file: path, version: inspection.version, source, passedOver };
}

function unusable(search: Search, variable: string, reason: string): never {
  throw new KubeMissingError({
    code: 'env-unusable',
    problem: `${variable} cannot be used for ${search.name}: ${reason}`,
    missing: [search.name],
  });
}
