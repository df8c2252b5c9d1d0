import type { Socket } from 'node:net';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2';
import { type DriverFailure, driverFailure } from './mysql-outcome.ts';

export type Row = Readonly<Record<string, unknown>>;

export type StatementResult =
  | { readonly ok: true; readonly rows: readonly Row[]; readonly gtid?: string | undefined }
  | { readonly ok: false; readonly failure: DriverFailure };

/** One connection whose every statement ends within a deadline; past it, it is destroyed. */
export class MysqlConnection {
  readonly #connection: Connection;
  readonly #statementMs: number;
  #closed = false;

  private constructor(connection: Connection, statementMs: number) {
    this.#connection = connection;
    this.#statementMs = statementMs;
    // A connection that is lost while idle must not end the process; the next statement reports it.
    connection.on('error', () => {
      this.#closed = true;
    });
  }

  /** @throws Error when it is refused or takes longer than `connectMs`. */
  static async open(
    options: ConnectionOptions,
    deadlines: { readonly connectMs: number; readonly statementMs: number },
  ): Promise<MysqlConnection> {
    const raw = createConnection({ ...options, connectTimeout: deadlines.connectMs });
    const connection = new MysqlConnection(raw, deadlines.statementMs);
    await new Promise<void>((resolve, reject) => {
      // The driver's own timeout ends with the TCP handshake; a proxy may accept and stay silent.
      const timer = setTimeout(() => {
        connection.close();
        reject(new Error('no answer to the handshake'));
      }, deadlines.connectMs);
      raw.connect((error) => {
        clearTimeout(timer);
        if (error === null || error === undefined) return resolve();
        connection.close();
        reject(new Error(error.message, { cause: error }));
      });
    });
    return connection;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Never throws. */
  async query(sql: string, values: readonly unknown[] = []): Promise<StatementResult> {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.close();
        resolve(failed({ code: 'DEADLINE', message: `no answer in ${this.#statementMs} ms` }));
      }, this.#statementMs);
      this.#connection.query({ sql, values: [...values] }, (error, result) => {
        clearTimeout(timer);
        if (error !== null) return resolve({ ok: false, failure: driverFailure(error) });
        const rows = Array.isArray(result) ? (result as readonly Row[]) : [];
        resolve({ ok: true, rows, gtid: gtidOf(result) });
      });
    });
  }

  /** @throws Error with the statement when it fails. */
  async rows(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const result = await this.query(sql, values);
    if (result.ok) return result.rows;
    throw new Error(`${result.failure.message} (${sql})`);
  }

  close(): void {
    this.#closed = true;
    this.#connection.destroy();
    // destroy() only says goodbye; a stopped server would keep the socket for ever.
    (this.#connection as unknown as { stream: Socket }).stream.destroy();
  }
}

function failed(failure: { code: string; message: string }): StatementResult {
  return { ok: false, failure: { ...failure, errno: null, sqlState: null } };
}

/** Of the OK packet, with session_track_gtids=OWN_GTID; mysql2 does not declare it. */
function gtidOf(result: unknown): string | undefined {
  const { stateChanges } = result as { stateChanges?: { gtids?: readonly string[] } };
  return stateChanges?.gtids?.[0];
}
