import type { CounterValue, Transfer } from '../checker/operation.ts';
import type { MysqlConnection, Row, StatementResult } from './mysql-connection.ts';
import { breaksSession, type DriverFailure, outcomeOfCommit } from './mysql-outcome.ts';
import type { Answer, ServerIdentity, Session } from './ports.ts';

const MOVE_MONEY = 'UPDATE accounts SET balance = balance + IF(id = ?, -?, ?) WHERE id IN (?, ?)';
const WRITE_LEDGER = 'INSERT INTO ledger (k, from_account, to_account, amount) VALUES (?, ?, ?, ?)';

/** A session on the primary endpoint; the current database is the workload's. */
export class MysqlSession implements Session {
  readonly server: ServerIdentity;
  readonly #connection: MysqlConnection;

  constructor(connection: MysqlConnection, server: ServerIdentity) {
    this.#connection = connection;
    this.server = server;
  }

  async insert(row: { readonly key: number; readonly process: number }): Promise<Answer<null>> {
    const sql = 'INSERT INTO entries (k, process) VALUES (?, ?)';
    return await this.#commits(sql, [row.key, row.process]);
  }

  async increment(counter: number): Promise<Answer<null>> {
    return await this.#commits('UPDATE counters SET n = n + 1 WHERE id = ?', [counter]);
  }

  async readCounters(counter?: number): Promise<Answer<readonly CounterValue[]>> {
    const where = counter === undefined ? '' : ' WHERE id = ?';
    const values = counter === undefined ? [] : [counter];
    const result = await this.#query(`SELECT id, n FROM counters${where} ORDER BY id`, values);
    return this.#reads(result, (rows) =>
      rows.map(({ id, n }) => ({ counter: Number(id), value: Number(n) })),
    );
  }

  /** Before the COMMIT is sent nothing can have happened: whatever fails until then is a `fail`. */
  async transfer({ key, from, to, amount }: Transfer): Promise<Answer<null>> {
    const steps: readonly [string, readonly unknown[]][] = [
      ['START TRANSACTION', []],
      [MOVE_MONEY, [from, amount, amount, from, to]],
      [WRITE_LEDGER, [key, from, to, amount]],
    ];
    for (const [sql, values] of steps) {
      const result = await this.#query(sql, values);
      if (result.ok) continue;
      // An error may leave the transaction open; a new connection is simpler than being sure.
      this.close();
      return { outcome: 'fail', error: errorText(result.failure), broken: true };
    }
    return await this.#commits('COMMIT', []);
  }

  /** A locking read: it waits for commits in doubt instead of missing them. */
  async readBalances(): Promise<Answer<readonly number[]>> {
    const result = await this.#query('SELECT balance FROM accounts ORDER BY id FOR SHARE', []);
    return this.#reads(result, (rows) => rows.map(({ balance }) => Number(balance)));
  }

  close(): void {
    this.#connection.close();
  }

  async #query(sql: string, values: readonly unknown[]): Promise<StatementResult> {
    if (!this.#connection.isClosed) return await this.#connection.query(sql, values);
    const failure = { code: 'NOT_SENT', errno: null, sqlState: null, message: 'was closed before' };
    return { ok: false, failure };
  }

  async #commits(sql: string, values: readonly unknown[]): Promise<Answer<null>> {
    const result = await this.#query(sql, values);
    if (result.ok) return { outcome: 'ok', value: null, gtid: result.gtid };
    const { failure } = result;
    const outcome = failure.code === 'NOT_SENT' ? 'fail' : outcomeOfCommit(failure);
    return { outcome, error: errorText(failure), broken: breaksSession(failure) };
  }

  #reads<T>(result: StatementResult, parse: (rows: readonly Row[]) => T): Answer<T> {
    if (result.ok) return { outcome: 'ok', value: parse(result.rows) };
    const { failure } = result;
    return { outcome: 'fail', error: errorText(failure), broken: breaksSession(failure) };
  }
}

/** Short and without what differs from case to case, so that errors can be counted. */
function errorText({ code, errno, sqlState }: DriverFailure): string {
  return sqlState === null ? code : `${code} (${errno})`;
}
