import type { Outcome } from '../checker/operation.ts';

/** A failure as mysql2 reports it: `errno` and `sqlState` when the server said so itself. */
export interface DriverFailure {
  readonly code: string;
  readonly errno: number | null;
  /** Null when the connection failed instead. */
  readonly sqlState: string | null;
  readonly message: string;
}

/**
 * Errors of the server that say that nothing was done and nothing will be. Everything else is
 * unknown: 1053 (shutdown), 1180 and 3100 (at the commit), 1317 (killed), 3032 (offline mode) may
 * come to a session whose transaction is already in the binlog.
 */
const CERTAINLY_NOT_EXECUTED: ReadonlySet<number> = new Set([
  1040, // too many connections
  1044, // access denied to the database
  1045, // access denied
  1046, // no database
  1049, // unknown database
  1064, // syntax
  1142, // command denied
  1146, // no such table
  1203, // too many connections of this user
  1205, // lock wait timeout: the statement is rolled back
  1213, // deadlock: the transaction is rolled back
  1290, // super_read_only: refused before the commit
  1792, // read-only transaction
  1836, // read-only mode
]);

/** Reads any thrown value. */
export function driverFailure(error: unknown): DriverFailure {
  const record = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  const { code, errno, sqlState, message } = record;
  return {
    code: typeof code === 'string' ? code : 'UNKNOWN',
    errno: typeof errno === 'number' ? errno : null,
    sqlState: typeof sqlState === 'string' && sqlState !== '' ? sqlState : null,
    message: typeof message === 'string' ? message : String(error),
  };
}

/** How a statement that commits by itself, or a COMMIT, ended when it was sent and failed so. */
export function outcomeOfCommit(failure: DriverFailure): Exclude<Outcome, 'ok'> {
  const refused = failure.sqlState !== null && CERTAINLY_NOT_EXECUTED.has(failure.errno ?? 0);
  return refused ? 'fail' : 'unknown';
}

/** After an answer of the server the session goes on, except where the server ends it as well. */
export function breaksSession({ sqlState, errno }: DriverFailure): boolean {
  return sqlState === null || errno === 1053 || errno === 3032 || errno === 1290 || errno === 1836;
}
