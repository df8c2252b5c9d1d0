/** Says statements to MySQL and remembers which of them it refused. */
import type { AccountProblem, AccountsRequest } from '@radondb/api';
import { scopeOf } from './desired-grants.ts';
import { isPassing, NobodyAcknowledgesError } from './errors.ts';
import { scopeKey } from './grant-set.ts';
import type { WriteSession } from './observe.ts';
import { renderStatement } from './render.ts';
import type { Statement } from './types.ts';

/** No such schema, column, table, routine: it may come later. */
const NOT_THERE_YET = [1049, 1054, 1146, 1305];

export class StatementRun {
  readonly #session: WriteSession;
  readonly #request: AccountsRequest;
  readonly #changes: string[] = [];
  readonly #refused = new Map<string, AccountProblem>();
  /** What one statement left in a state that the next must not build on: an account without its restrictions is not unlocked. */
  readonly #stopped = new Set<string>();

  constructor(session: WriteSession, request: AccountsRequest) {
    this.#session = session;
    this.#request = request;
  }

  /** What was executed, masked. */
  get changes(): readonly string[] {
    return [...this.#changes];
  }

  get problems(): readonly AccountProblem[] {
    return [...this.#refused.values()];
  }

  /** Nothing of the plan is left but what was refused. */
  isOver(statements: readonly Statement[]): boolean {
    return statements.every((statement) => !this.#isDue(statement));
  }

  async execute(statements: readonly Statement[]): Promise<void> {
    for (const statement of statements) {
      if (!this.#isDue(statement)) continue;
      await requireAcknowledgers(this.#session);
      try {
        await this.#session.execute(renderStatement(statement, 'shown'));
        this.#changes.push(renderStatement(statement, 'masked'));
      } catch (error) {
        this.#note(statement, error);
      }
    }
  }

  #isDue(statement: Statement): boolean {
    return (
      !this.#stopped.has(subjectOf(statement)) &&
      !this.#refused.has(renderStatement(statement, 'masked'))
    );
  }

  /** @throws what is not an answer of MySQL to this statement */
  #note(statement: Statement, error: unknown): void {
    if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number')
      throw error;
    if (isPassing(error.errno)) throw error;
    const isGrant = statement.do === 'grant' || statement.do === 'revoke';
    const isWaiting = isGrant && NOT_THERE_YET.includes(error.errno);
    if (!isWaiting) this.#stopped.add(subjectOf(statement));
    this.#refused.set(renderStatement(statement, 'masked'), {
      code: isWaiting ? 'WAITING' : 'FAILED',
      field: this.#fieldOf(statement),
      message: error.message,
    });
  }

  #fieldOf(statement: Statement): string {
    if (statement.do !== 'grant' || this.#request.kind !== 'ensureAccount') return '';
    const key = scopeKey(statement.scope);
    const index = this.#request.grants.findIndex((grant) => scopeKey(scopeOf(grant)) === key);
    return index < 0 ? '' : `grants[${index}]`;
  }
}

/**
 * MySQL holds the lock on its cache of accounts while a statement that changes them waits for acknowledgements. Nobody can log in meanwhile:
 * not even a replica that comes back to acknowledge it, so that the primary would hang until it is killed. Nothing is said, then, unless
 * those who acknowledge are there.
 *
 * @throws NobodyAcknowledgesError
 */
async function requireAcknowledgers(session: WriteSession): Promise<void> {
  const [row] = await session.rows(ACKNOWLEDGERS);
  const [wanted, connected] = [Number(row?.['wanted']), Number(row?.['connected'] ?? 0)];
  if (Number(row?.['enabled']) === 1 && connected < wanted)
    throw new NobodyAcknowledgesError(connected, wanted);
}

const ACKNOWLEDGERS = `SELECT @@GLOBAL.rpl_semi_sync_source_enabled AS enabled,
  @@GLOBAL.rpl_semi_sync_source_wait_for_replica_count AS wanted,
  (SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_clients') AS connected`;

/** The account or schema that a statement is about. */
function subjectOf(statement: Statement): string {
  if ('account' in statement) return JSON.stringify(statement.account);
  return 'schema' in statement ? `schema ${statement.schema}` : 'claims';
}
