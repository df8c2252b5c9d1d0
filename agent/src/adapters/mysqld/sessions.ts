import mysql, {
  type Connection,
  type QueryResult,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import { MysqlStatementError, MysqlUnreachableError } from './errors.ts';

/** Idle connections that are kept warm: a barrier, an observation and a stop of the receiver go on at the same time. */
const MAX_IDLE = 4;
/** An idle connection that was used so lately is not asked whether it lives. Milliseconds. */
const TRUSTED_MS = 1_000;
const PARSE_ERROR = 1064;

/** Unless a statement says otherwise: nothing of the agent's goes to the binlog, and no lock is waited for long. */
const SESSION_SETUP =
  'SET SESSION sql_log_bin=0, lock_wait_timeout=5, innodb_lock_wait_timeout=5, wait_timeout=31536000, autocommit=1';

/** How to reach the agent's own mysqld. */
export interface SessionTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** One conversation with the server. */
export interface Session {
  /** MySQL's number of the connection. */
  readonly id: number;
  rows(sql: string): Promise<readonly RowDataPacket[]>;
  execute(sql: string): Promise<ResultSetHeader>;
}

/**
 * The agent's own few connections to its mysqld. Every use has a deadline; past it the connection is destroyed, because what it was
 * asked may still hang in the server. A connection whose session state was changed is not used again.
 */
export class Sessions {
  readonly #target: SessionTarget;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #usedAtMs = new WeakMap<Connection, number>();
  #closed = false;

  constructor(target: SessionTarget) {
    this.#target = target;
  }

  /**
   * Gives `work` a connection of its own. `keep` false: the connection is closed afterwards (its session variables were changed).
   * @throws MysqlUnreachableError at the deadline, when aborted, or when the connection breaks; MysqlStatementError
   */
  async use<T>(
    options: {
      readonly what: string;
      readonly deadlineMs: number;
      readonly keep?: boolean;
      readonly signal?: AbortSignal;
    },
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const { what, deadlineMs, keep = true, signal } = options;
    let connection: Connection | null = null;
    let expired: ((error: Error) => void) | null = null;
    const expiry = new Promise<never>((_, reject) => {
      expired = reject;
    });
    const giveUp = (reason: string) => {
      expired?.(new MysqlUnreachableError(`${what}: ${reason}`));
      if (connection !== null) this.#destroy(connection);
    };
    const timer = setTimeout(
      () => giveUp(`mysqld did not answer within ${deadlineMs} ms`),
      deadlineMs,
    );
    const onAbort = () => giveUp('given up');
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    let isOver = false;
    const run = async (): Promise<T> => {
      const taken = await this.#take(deadlineMs);
      // The deadline has passed while connecting: nobody waits for this any more.
      if (isOver) {
        this.#destroy(taken);
        throw new MysqlUnreachableError(`${what}: too late`);
      }
      connection = taken;
      const result = await work(sessionOf(taken, what));
      connection = null;
      if (keep) this.#putBack(taken);
      else this.#destroy(taken);
      return result;
    };
    try {
      return await Promise.race([
        run().catch((error: unknown) => Promise.reject(translate(what, error))),
        expiry,
      ]);
    } catch (error) {
      const left: Connection | null = connection;
      if (left !== null) {
        if (error instanceof MysqlStatementError && keep) this.#putBack(left);
        else this.#destroy(left);
      }
      throw error;
    } finally {
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      expiry.catch(() => {});
    }
  }

  /** Opens a connection that the next use finds ready. Resolves when the server has let it in. */
  async warm(deadlineMs: number): Promise<void> {
    await this.use(
      { what: 'connect', deadlineMs },
      async (session) => await session.rows('SELECT 1'),
    );
  }

  /** Forgets all connections: mysqld has ended. */
  reset(): void {
    for (const connection of this.#all) connection.destroy();
    this.#all.clear();
    this.#idle.length = 0;
  }

  close(): void {
    this.#closed = true;
    this.reset();
  }

  async #take(connectTimeout: number): Promise<Connection> {
    if (this.#closed) throw new MysqlUnreachableError('the agent is closing');
    const idle = await this.#takeIdle();
    if (idle !== null) return idle;
    const connection = await mysql.createConnection({
      ...this.#target,
      connectTimeout,
      supportBigNumbers: true,
      bigNumberStrings: false,
      dateStrings: true,
      enableKeepAlive: false,
    });
    // A connection that breaks while idle reports it here; without a listener it would end the agent.
    connection.on('error', () => this.#destroy(connection));
    this.#all.add(connection);
    try {
      await connection.query(SESSION_SETUP);
    } catch (error) {
      this.#destroy(connection);
      throw error;
    }
    return connection;
  }

  /** The server may have ended one that lay idle, and tell only when it is asked: then the work would fail for nothing. */
  async #takeIdle(): Promise<Connection | null> {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return null;
      const idleMs = performance.now() - (this.#usedAtMs.get(connection) ?? 0);
      if (idleMs < TRUSTED_MS) return connection;
      try {
        await connection.ping();
        return connection;
      } catch {
        this.#destroy(connection);
      }
    }
  }

  #putBack(connection: Connection): void {
    if (!this.#all.has(connection)) return;
    if (this.#closed || this.#idle.length >= MAX_IDLE) this.#destroy(connection);
    else {
      this.#usedAtMs.set(connection, performance.now());
      this.#idle.push(connection);
    }
  }

  #destroy(connection: Connection): void {
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#all.delete(connection);
    connection.destroy();
  }
}

function sessionOf(connection: Connection, what: string): Session {
  const query = async <T extends QueryResult>(sql: string): Promise<T> => {
    try {
      const [result] = await connection.query<T>(sql);
      return result;
    } catch (error) {
      throw translate(what, error);
    }
  };
  return {
    id: connection.threadId,
    rows: async (sql) => await query<RowDataPacket[]>(sql),
    execute: async (sql) => await query<ResultSetHeader>(sql),
  };
}

/** mysql2's errors carry the statement, which may hold a password: neither they nor their causes go on. */
function translate(what: string, error: unknown): Error {
  if (error instanceof MysqlStatementError) return error;
  if (!(error instanceof Error)) return new Error(`${what}: unknown error`);
  // Only the driver's and the system's: whoever uses the session throws errors of his own.
  const isTheirs = 'code' in error && ('errno' in error || 'fatal' in error);
  if (!isTheirs) return error;
  const isFromServer =
    'sqlState' in error && 'errno' in error && typeof error.errno === 'number' && error.errno > 0;
  if (!isFromServer) return new MysqlUnreachableError(`${what}: ${String(error.code)}`);
  const errno = Number(error.errno);
  // A syntax error quotes the statement.
  const text = errno === PARSE_ERROR ? 'syntax error' : error.message;
  return new MysqlStatementError(`${what}: ${text} (${errno})`, errno);
}

/** The first row. @throws Error when there is none: a statement that always gives one. */
export function only(rows: readonly RowDataPacket[], what: string): RowDataPacket {
  const row = rows[0];
  if (row === undefined) throw new Error(`${what}: no row`);
  return row;
}
