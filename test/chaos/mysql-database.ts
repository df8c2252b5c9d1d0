import type { ConnectionOptions } from 'mysql2';
import type { FinalState } from '../checker/verdict.ts';
import { readFinalState } from './final-state.ts';
import { MysqlConnection } from './mysql-connection.ts';
import { MysqlSession } from './mysql-session.ts';
import type {
  ChaosDatabase,
  ClusterView,
  MemberView,
  Session,
  SessionDeadlines,
  WorkloadShape,
} from './ports.ts';

export const DATABASE = 'radondb_chaos';
const LOOPBACK = '127.0.0.1';
const DIRECT_DEADLINES = { connectMs: 5_000, statementMs: 60_000 };

/** No unique key on `k`: a write that is applied twice must show. */
const SCHEMA: readonly string[] = [
  `CREATE DATABASE IF NOT EXISTS ${DATABASE}`,
  `USE ${DATABASE}`,
  'CREATE TABLE entries (id BIGINT AUTO_INCREMENT PRIMARY KEY, k BIGINT NOT NULL, process INT NOT NULL)',
  'CREATE TABLE counters (id INT PRIMARY KEY, n BIGINT NOT NULL)',
  'CREATE TABLE accounts (id INT PRIMARY KEY, balance BIGINT NOT NULL)',
  'CREATE TABLE ledger (id BIGINT AUTO_INCREMENT PRIMARY KEY, k BIGINT NOT NULL, from_account INT NOT NULL, to_account INT NOT NULL, amount BIGINT NOT NULL)',
];

/** Where the application account signs in. */
export interface Credentials {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export class MysqlDatabase implements ChaosDatabase {
  readonly #credentials: Credentials;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  async prepare(shape: WorkloadShape): Promise<string> {
    const connection = await MysqlConnection.open(this.#options(), DIRECT_DEADLINES);
    try {
      for (const statement of SCHEMA) await connection.rows(statement);
      for (let id = 0; id < shape.counters; id += 1) {
        await connection.rows('INSERT INTO counters VALUES (?, 0)', [id]);
      }
      for (let id = 0; id < shape.accounts; id += 1) {
        await connection.rows('INSERT INTO accounts VALUES (?, ?)', [id, shape.initialBalance]);
      }
      const [row] = await connection.rows('SELECT VERSION() AS version');
      return String(row?.['version']);
    } finally {
      connection.close();
    }
  }

  async connect(deadlines: SessionDeadlines): Promise<Session> {
    const options = { ...this.#options(), database: DATABASE };
    const connection = await MysqlConnection.open(options, deadlines);
    try {
      // Waiting for the locks of a commit in doubt shall end before the client's patience does.
      await connection.rows(
        'SET SESSION session_track_gtids = OWN_GTID, innodb_lock_wait_timeout = 2',
      );
      const [row] = await connection.rows(
        "SELECT @@server_uuid AS uuid, CONCAT(@@report_host, ':', @@port) AS address",
      );
      return new MysqlSession(connection, {
        uuid: String(row?.['uuid']),
        address: String(row?.['address']),
      });
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async unsafeCommits(member: MemberView): Promise<number | null> {
    try {
      const connection = await this.#direct(member);
      try {
        const [row] = await connection.rows("SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_source_no_tx'");
        return row === undefined ? null : Number(row['Value']);
      } finally {
        connection.close();
      }
    } catch {
      return null;
    }
  }

  async finalState(view: ClusterView): Promise<FinalState> {
    return await readFinalState(view, (member) => this.#direct(member));
  }

  /** Past the proxies, to the member itself. */
  async #direct(member: MemberView): Promise<MysqlConnection> {
    if (member.mysqlPort === null)
      throw new Error(`the status has no mysqlPort for ${member.name}`);
    const options = { ...this.#options(), host: LOOPBACK, port: member.mysqlPort };
    return await MysqlConnection.open(options, DIRECT_DEADLINES);
  }

  #options(): ConnectionOptions {
    const { host, port, user, password } = this.#credentials;
    return { host, port, user, password };
  }
}
