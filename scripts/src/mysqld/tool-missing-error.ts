import type { PassedOver } from './types.ts';

/** Why no usable mysqld could be had; stable, for programs. */
export type ToolMissingCode =
  | 'not-found'
  | 'env-unusable'
  | 'unsupported-platform'
  | 'apt-missing'
  | 'debian-mirror-missing'
  | 'offline'
  | 'disk-full'
  | 'cache-not-writable'
  | 'wrong-series'
  | 'digest-mismatch'
  | 'fetch-failed';

export type ToolMissingDetails = {
  readonly code: ToolMissingCode;
  /** What is wrong, as a sentence without its full stop. */
  readonly problem: string;
  readonly passedOver?: readonly PassedOver[];
  readonly cause?: unknown;
};

const REMEDY =
  'Install mysql-server ≥ 8.4 so that mysqld is on PATH, or set RADONDB_MYSQLD=/path/to/mysqld.';

/** No MySQL can be used here. The message says what is wrong, what was passed over and what to do. */
export class ToolMissingError extends Error {
  override readonly name = 'ToolMissingError';
  readonly code: ToolMissingCode;
  readonly problem: string;
  readonly passedOver: readonly PassedOver[];

  constructor(details: ToolMissingDetails) {
    const passedOver = details.passedOver ?? [];
    const seen = passedOver.map((it) => ` Passed over ${it.path}: ${it.reason}.`).join('');
    super(`${details.problem}.${seen} ${REMEDY}`, { cause: details.cause });
    this.code = details.code;
    this.problem = details.problem;
    this.passedOver = passedOver;
  }
}
