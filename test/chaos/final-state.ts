import { setTimeout as delay } from 'node:timers/promises';
import type { MemberContent } from '../checker/member-checker.ts';
import { compareMembers } from '../checker/member-checker.ts';
import { TableDigester } from '../checker/table-digest.ts';
import type { FinalState, UnreadMember } from '../checker/verdict.ts';
import type { MysqlConnection, Row } from './mysql-connection.ts';
import type { ClusterView, MemberView } from './ports.ts';

const DATABASE = 'radondb_chaos';
const TABLES = ['entries', 'counters', 'accounts', 'ledger'] as const;
const PAGE_ROWS = 20_000;
const CATCH_UP_S = 45;
const QUIET_DEADLINE_MS = 15_000;
const ROUNDS = 3;

type Connect = (member: MemberView) => Promise<MysqlConnection>;

/**
 * The end of the run: everything on the primary, and the digests of all others once they have
 * executed what the primary has. Looks again when they differ, in case something was still moving.
 *
 * @throws Error when the primary cannot be read
 */
export async function readFinalState(view: ClusterView, connect: Connect): Promise<FinalState> {
  const primary = view.members.find(({ name }) => name === view.primary);
  if (primary === undefined) throw new Error('the cluster has no primary at the end');
  const replicas = view.members.filter((member) => member !== primary);
  const onPrimary = await connect(primary);
  try {
    await waitForQuiet(onPrimary);
    let state = await readOnce(onPrimary, primary, replicas, connect);
    for (let round = 1; round < ROUNDS; round += 1) {
      if (compareMembers(state.primary, state.replicas).length === 0) break;
      state = await readOnce(onPrimary, primary, replicas, connect);
    }
    return state;
  } finally {
    onPrimary.close();
  }
}

async function readOnce(
  onPrimary: MysqlConnection,
  primary: MemberView,
  replicas: readonly MemberView[],
  connect: Connect,
): Promise<FinalState> {
  const keys: number[] = [];
  const counters: { counter: number; value: number }[] = [];
  const balances: number[] = [];
  const ledger: { key: number; from: number; to: number; amount: number }[] = [];
  const content = await readMember(onPrimary, primary.name, (table, row) => {
    const column = (name: string): number => Number(row[name]);
    switch (table) {
      case 'entries':
        keys.push(column('k'));
        break;
      case 'counters':
        counters.push({ counter: column('id'), value: column('n') });
        break;
      case 'accounts':
        balances.push(column('balance'));
        break;
      case 'ledger':
        ledger.push({
          key: column('k'),
          from: column('from_account'),
          to: column('to_account'),
          amount: column('amount'),
        });
        break;
    }
  });
  const [row] = await onPrimary.rows('SELECT @@GLOBAL.gtid_executed AS executed');
  const executed = String(row?.['executed']);
  const others: MemberContent[] = [];
  const unread: UnreadMember[] = [];
  for (const replica of replicas) {
    try {
      others.push(await readReplica(replica, executed, connect));
    } catch (error) {
      unread.push({
        member: replica.name,
        why: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return { keys, counters, bank: { balances, ledger }, primary: content, replicas: others, unread };
}

async function readReplica(
  replica: MemberView,
  executed: string,
  connect: Connect,
): Promise<MemberContent> {
  const connection = await connect(replica);
  try {
    const [row] = await connection.rows('SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?) AS late', [
      executed,
      CATCH_UP_S,
    ]);
    if (Number(row?.['late']) !== 0) {
      throw new Error(`${replica.name} did not catch up within ${CATCH_UP_S} s`);
    }
    return await readMember(connection, replica.name, () => undefined);
  } finally {
    connection.close();
  }
}

async function readMember(
  connection: MysqlConnection,
  member: string,
  visit: (table: (typeof TABLES)[number], row: Row) => void,
): Promise<MemberContent> {
  const tables = [];
  for (const table of TABLES) {
    const digester = new TableDigester(table);
    let last = -1;
    for (;;) {
      const rows = await connection.rows(
        `SELECT * FROM ${DATABASE}.${table} WHERE id > ? ORDER BY id LIMIT ${PAGE_ROWS}`,
        [last],
      );
      for (const row of rows) {
        digester.add(Object.values(row).map(Number));
        visit(table, row);
      }
      last = Number(rows.at(-1)?.['id'] ?? last);
      if (rows.length < PAGE_ROWS) break;
    }
    tables.push(digester.finish());
  }
  return { member, tables };
}

/** Statements whose client has gone may still be running, and take effect. */
async function waitForQuiet(connection: MysqlConnection): Promise<void> {
  const endsAt = Date.now() + QUIET_DEADLINE_MS;
  for (;;) {
    const rows = await connection.rows(
      "SELECT id FROM performance_schema.processlist WHERE command NOT IN ('Sleep', 'Daemon') AND db = ? AND id <> CONNECTION_ID()",
      [DATABASE],
    );
    if (rows.length === 0) return;
    if (Date.now() > endsAt) throw new Error(`${rows.length} statements still run on the primary`);
    await delay(200);
  }
}
