import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CommandSpec } from '../command.ts';
import { findOnPath } from '../on-path.ts';
import { listRoots, readMarker, userCacheDir } from './cache.ts';
import { fetchMysql } from './fetch.ts';
import { inspectMysqld, isMysqlClient } from './inspect.ts';
import { type DebianArchitecture, thisArchitecture } from './platform.ts';
import { describePrivateRoot, existing } from './private-root.ts';
import { ToolMissingError } from './tool-missing-error.ts';
import type { FindMysqldOptions, MysqlInstallation, PassedOver } from './types.ts';

type Attempt = MysqlInstallation | null;

/**
 * Finds a MySQL ≥ 8.4 with the plugins that this product needs: `RADONDB_MYSQLD`, PATH, the user's
 * cache, and at last Debian's packages, which are fetched into that cache. Each candidate is
 * really started (`--version`).
 *
 * @throws ToolMissingError when there is none and none can be fetched; the message says what to
 *   install. An unusable RADONDB_MYSQLD is an error at once: who names one wants that one.
 */
export async function findMysqld(options: FindMysqldOptions): Promise<MysqlInstallation> {
  const passedOver: PassedOver[] = [];
  const arch = thisArchitecture();
  const cacheDir = options.cacheDir ?? userCacheDir(options.env);
  const early =
    (await fromEnv(options)) ??
    (await fromPath(options, passedOver)) ??
    (await fromCache({ cacheDir, arch, passedOver, source: 'cache' }, options.signal));
  if (early !== null) return early;
  if (options.fetch === 'never') {
    const problem = 'No usable mysqld was found';
    throw new ToolMissingError({ code: 'not-found', problem, passedOver });
  }
  if (arch === null) {
    const problem = `No usable mysqld was found, and none can be fetched for ${process.platform} ${process.arch}`;
    throw new ToolMissingError({ code: 'unsupported-platform', problem, passedOver });
  }
  return await fromFetch(options, { cacheDir, arch, passedOver });
}

async function fromFetch(
  options: FindMysqldOptions,
  search: { cacheDir: string; arch: DebianArchitecture; passedOver: readonly PassedOver[] },
): Promise<MysqlInstallation> {
  const { cacheDir, arch } = search;
  // What was passed over in the cache before the fetch is replaced by it.
  const look = (source: 'cache' | 'fetched') =>
    fromCache({ cacheDir, arch, passedOver: [...search.passedOver], source }, options.signal);
  let byAnother: Attempt = null;
  try {
    await fetchMysql({
      env: options.env,
      cacheDir,
      arch,
      lookAgain: async () => {
        byAnother = await look('cache');
        return byAnother !== null;
      },
      onProgress: options.onProgress ?? (() => {}),
      signal: options.signal,
    });
    const found = byAnother ?? (await look('fetched'));
    if (found !== null) return found;
    throw new ToolMissingError({
      code: 'fetch-failed',
      problem: 'The fetched MySQL is gone again',
    });
  } catch (error) {
    if (!(error instanceof ToolMissingError)) throw error;
    const { code, problem, cause } = error;
    throw new ToolMissingError({ code, problem, passedOver: search.passedOver, cause });
  }
}

async function fromEnv(options: FindMysqldOptions): Promise<Attempt> {
  const named = options.env['RADONDB_MYSQLD'];
  if (named === undefined || named === '') return null;
  const path = resolve(named);
  const isFile = await stat(path).then(
    (it) => it.isFile(),
    () => false,
  );
  const inspection = isFile
    ? await inspectMysqld({ file: path, args: [] }, { signal: options.signal })
    : ({ ok: false, reason: 'there is no such file' } as const);
  if (inspection.ok) return await hostInstallation('env', path, inspection, options, []);
  throw new ToolMissingError({
    code: 'env-unusable',
    problem: `RADONDB_MYSQLD=${named} cannot be used: ${inspection.reason}`,
  });
}

async function fromPath(options: FindMysqldOptions, passedOver: PassedOver[]): Promise<Attempt> {
  for (const path of await findOnPath('mysqld', options.env)) {
    const inspection = await inspectMysqld({ file: path, args: [] }, { signal: options.signal });
    if (inspection.ok) return await hostInstallation('path', path, inspection, options, passedOver);
    passedOver.push({ path, reason: inspection.reason });
  }
  return null;
}

async function hostInstallation(
  source: 'env' | 'path',
  mysqld: string,
  found: { readonly version: string; readonly pluginDir: string },
  options: FindMysqldOptions,
  passedOver: readonly PassedOver[],
): Promise<MysqlInstallation> {
  const client = async (name: string): Promise<CommandSpec | null> => {
    // The ones that came with the server first: another version's client may not know its dialect.
    const besides = [dirname(mysqld), join(dirname(mysqld), '../bin')].map((dir) =>
      join(dir, name),
    );
    for (const file of [...besides, ...(await findOnPath(name, options.env))]) {
      if (await isMysqlClient({ file, args: [] }, options.signal)) return { file, args: [] };
    }
    return null;
  };
  return {
    version: found.version,
    source,
    mysqld: { file: mysqld, args: [] },
    mysql: await client('mysql'),
    mysqlbinlog: await client('mysqlbinlog'),
    mysqldump: await client('mysqldump'),
    serverArgs: ['--secure-file-priv=NULL', `--plugin-dir=${found.pluginDir}`],
    pluginDir: found.pluginDir,
    root: null,
    passedOver,
    notes: [],
  };
}

type CacheSearch = {
  readonly cacheDir: string;
  readonly arch: DebianArchitecture | null;
  readonly passedOver: PassedOver[];
  readonly source: 'cache' | 'fetched';
};

async function fromCache(search: CacheSearch, signal: AbortSignal | undefined): Promise<Attempt> {
  const { arch, passedOver } = search;
  if (arch === null) return null;
  for (const root of await listRoots(search.cacheDir, arch)) {
    const marker = await readMarker(root);
    const inside = describePrivateRoot(root, arch);
    const inspection =
      marker === null
        ? ({ ok: false, reason: 'it is not complete' } as const)
        : await inspectMysqld(inside.mysqld, { pluginDir: inside.pluginDir, signal });
    if (!inspection.ok) {
      passedOver.push({ path: root, reason: inspection.reason });
      continue;
    }
    return {
      version: inspection.version,
      source: search.source,
      mysqld: inside.mysqld,
      mysql: await existing(inside.mysql),
      mysqlbinlog: await existing(inside.mysqlbinlog),
      mysqldump: await existing(inside.mysqldump),
      serverArgs: inside.serverArgs,
      pluginDir: inside.pluginDir,
      root,
      passedOver,
      notes: marker?.notes ?? [],
    };
  }
  return null;
}
