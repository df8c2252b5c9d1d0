import {
  type FetchProgress,
  findMysqld,
  findOnPath,
  type MysqlInstallation,
} from '@radondb/scripts';

/** What is being fetched. */
export type ToolProgress = FetchProgress;

/** The programs of this machine that members are made of. */
export interface Tools {
  readonly mysqld: MysqlInstallation;
  readonly setpriv: string | null;
}

/** @throws ToolMissingError when there is no MySQL and none can be fetched */
export async function findTools(options: {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ToolProgress) => void;
}): Promise<Tools> {
  const { env, signal, onProgress } = options;
  const [mysqld, [setpriv]] = await Promise.all([
    findMysqld({ env, signal, onProgress }),
    findOnPath('setpriv', env),
  ]);
  return { mysqld, setpriv: setpriv ?? null };
}
