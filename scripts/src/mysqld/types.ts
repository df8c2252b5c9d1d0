import type { CommandSpec } from '../command.ts';

/** Where a MySQL was found; the order is the order of the search. */
export type MysqlSource = 'env' | 'path' | 'cache' | 'fetched';

/** An executable that was seen and not taken. */
export type PassedOver = { readonly path: string; readonly reason: string };

export type MysqlInstallation = {
  /** The server's own version, without a distribution's suffix: `9.7.4`. */
  readonly version: string;
  readonly source: MysqlSource;
  readonly mysqld: CommandSpec;
  readonly mysql: CommandSpec | null;
  readonly mysqlbinlog: CommandSpec | null;
  readonly mysqldump: CommandSpec | null;
  /** Every start of mysqld needs these (also `--initialize-insecure`); `--no-defaults` goes before. */
  readonly serverArgs: readonly string[];
  readonly pluginDir: string;
  /** The folder of an unpacked private MySQL; null for one that the host has installed. */
  readonly root: string | null;
  readonly passedOver: readonly PassedOver[];
  /** What a person should know, such as packages that are no longer the ones of the lock file. */
  readonly notes: readonly string[];
};

export type FetchStep = 'wait' | 'lists' | 'resolve' | 'download' | 'unpack' | 'verify' | 'note';

export type FetchProgress = {
  readonly step: FetchStep;
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
  /** One line for a person. */
  readonly detail?: string;
};

export type FindMysqldOptions = {
  /** Read: RADONDB_MYSQLD, PATH, XDG_CACHE_HOME, HOME; handed on to apt (proxy variables). */
  readonly env: NodeJS.ProcessEnv;
  /** Default: `${XDG_CACHE_HOME:-~/.cache}/radondb-mysql`. */
  readonly cacheDir?: string;
  /** `never`: a missing mysqld is an error at once. Default `when-missing`. */
  readonly fetch?: 'when-missing' | 'never';
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
};
