/**
 * Carries out requests about accounts and schemas on the open primary: look, plan, say it, and look again until nothing is left to
 * say. Every statement is a transaction of its own that waits for acknowledgements; a failover between two of them leaves a state
 * from which the next request goes on.
 */
import type {
  AccountProblem,
  AccountsAnswer,
  AccountsRequest,
  EnsureAccountRequest,
} from '@radondb/api';
import { Turn } from '../member/turn.ts';
import type { Clock, Logger } from '../ports.ts';
import { requestProblems } from './check-request.ts';
import { desiredAccounts, inServersCase } from './desired.ts';
import {
  AccountsTimeoutError,
  isPassing,
  NobodyAcknowledgesError,
  NotPrimaryError,
  READ_ONLY,
} from './errors.ts';
import { observeAccounts, observeSchemas, type WriteSession } from './observe.ts';
import { fingerprintOf, isPasswordOf } from './password.ts';
import { oldPasswordUntil, planAccounts, planRelease } from './plan-account.ts';
import { planSchema, planSchemaRelease } from './plan-schema.ts';
import { StatementRun } from './statement-run.ts';
import type { ObservedAccount, Plan } from './types.ts';

/** What one look needs at most: the first does it, the second notes how the server stored a password, the third finds nothing. */
const MAX_ROUNDS = 5;
const LONGEST_MS = 60_000;

export interface AccountsOptions {
  /** A conversation with this member's mysqld whose writes go to the binlog; MysqldSql.write. */
  readonly write: <T>(
    options: { readonly what: string; readonly deadlineMs: number; readonly signal: AbortSignal },
    work: (session: WriteSession) => Promise<T>,
  ) => Promise<T>;
  /** The operator's own accounts. */
  readonly ownUsers: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

export class Accounts {
  readonly #options: AccountsOptions;
  readonly #turn = new Turn();

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /**
   * One request at a time. Problems are part of the answer.
   * @throws AccountsTimeoutError, NobodyAcknowledgesError, NotPrimaryError (the server became read-only meanwhile), or the signal's reason
   */
  async apply(request: AccountsRequest, signal: AbortSignal): Promise<AccountsAnswer> {
    const problems = requestProblems(request, this.#options.ownUsers);
    if (problems.length > 0) return { ...NOTHING, problems };
    const { clock, write } = this.#options;
    const end = clock.monotonicMs() + Math.min(request.timeoutMs, LONGEST_MS);
    return await this.#turn.take(async () => {
      signal.throwIfAborted();
      const deadlineMs = end - clock.monotonicMs();
      if (deadlineMs <= 0) throw new AccountsTimeoutError();
      let result: AccountsAnswer | NobodyAcknowledgesError;
      try {
        result = await write({ what: 'MySQL', deadlineMs, signal }, (session) =>
          // Handed on as a result: what is thrown in a session is taken for a failure of the session.
          this.#reconcile(session, request).catch((error: unknown) => {
            if (error instanceof NobodyAcknowledgesError) return error;
            throw error;
          }),
        );
      } catch (error) {
        throw asAnswer(error, signal);
      }
      if (result instanceof NobodyAcknowledgesError) throw result;
      return result;
    });
  }

  async #reconcile(session: WriteSession, asked: AccountsRequest): Promise<AccountsAnswer> {
    const [settings] = await session.rows(
      'SELECT @@GLOBAL.lower_case_table_names AS lower_case, @@GLOBAL.partial_revokes AS partial_revokes',
    );
    if (Number(settings?.['partial_revokes']) !== 1)
      return { ...NOTHING, problems: [NO_RESTRICTIONS] };
    const request = inServersCase(asked, Number(settings?.['lower_case']) !== 0);
    const run = new StatementRun(session, request);
    const passwords = new PasswordCheck();
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const { plan, oldPasswordUntilMs } = await this.#look(session, request, passwords);
      if (plan.problems.length > 0)
        return { ...NOTHING, changes: run.changes, problems: plan.problems };
      if (run.isOver(plan.statements)) {
        this.#log(request, run);
        const done = run.problems.length === 0;
        return { done, changes: run.changes, problems: run.problems, oldPasswordUntilMs };
      }
      await run.execute(plan.statements);
    }
    this.#log(request, run);
    return { ...NOTHING, changes: run.changes, problems: [...run.problems, NOT_SETTLED] };
  }

  async #look(
    session: WriteSession,
    request: AccountsRequest,
    passwords: PasswordCheck,
  ): Promise<Look> {
    const { owner, kind } = request;
    switch (kind) {
      case 'ensureAccount': {
        const { user } = request;
        const observed = await observeAccounts(session, { user, uid: owner.uid });
        return await this.#planEnsure(request, observed, passwords);
      }
      case 'releaseAccount': {
        const observed = await observeAccounts(session, { user: null, uid: owner.uid });
        return { plan: planRelease(owner, request.policy, observed), oldPasswordUntilMs: null };
      }
      case 'ensureSchema': {
        const observed = await observeSchemas(session, request, owner.uid);
        return { plan: planSchema(request, observed), oldPasswordUntilMs: null };
      }
      case 'releaseSchema': {
        const observed = await observeSchemas(session, null, owner.uid);
        return {
          plan: planSchemaRelease(owner, request.policy, observed),
          oldPasswordUntilMs: null,
        };
      }
    }
  }

  async #planEnsure(
    request: EnsureAccountRequest,
    observed: readonly ObservedAccount[],
    passwords: PasswordCheck,
  ): Promise<Look> {
    const withPassword = await Promise.all(
      observed.map(async (account) => ({
        ...account,
        isDeclaredPassword: await passwords.isOf(
          request.password,
          account.mark?.fingerprint ?? null,
        ),
      })),
    );
    const desired = desiredAccounts(request, await passwords.fingerprint(request.password));
    const plan = planAccounts(request.owner, desired, withPassword, this.#options.clock.unixMs());
    return { plan, oldPasswordUntilMs: oldPasswordUntil(desired, observed) };
  }

  #log(request: AccountsRequest, run: StatementRun): void {
    if (run.changes.length === 0) return;
    const fields = { kind: request.kind, owner: request.owner.name, changes: run.changes };
    this.#options.log.info(fields, 'accounts changed');
  }
}

interface Look {
  readonly plan: Plan;
  readonly oldPasswordUntilMs: number | null;
}

const NOTHING: AccountsAnswer = {
  done: false,
  changes: [],
  problems: [],
  oldPasswordUntilMs: null,
};

const NO_RESTRICTIONS: AccountProblem = {
  code: 'FAILED',
  field: '',
  message:
    'the server runs with partial_revokes=OFF, where a grant on * would reach the system tables: remove that setting and restart it',
};

const NOT_SETTLED: AccountProblem = {
  code: 'FAILED',
  field: '',
  message: 'the accounts do not stay as they are set: look whether something else changes them',
};

/** Hashing a password is slow on purpose: each is hashed once a request. */
class PasswordCheck {
  readonly #known = new Map<string, Promise<boolean>>();
  #fingerprint: Promise<string> | null = null;

  async isOf(password: string, fingerprint: string | null): Promise<boolean> {
    if (fingerprint === null) return false;
    const known = this.#known.get(fingerprint) ?? isPasswordOf(password, fingerprint);
    this.#known.set(fingerprint, known);
    return await known;
  }

  async fingerprint(password: string): Promise<string> {
    this.#fingerprint ??= fingerprintOf(password);
    return await this.#fingerprint;
  }
}

function asAnswer(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (!(error instanceof Error) || !('code' in error)) return error;
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : null;
  if (errno === READ_ONLY) return new NotPrimaryError(null);
  const isLate = error.code === 'MYSQL_UNREACHABLE' || (errno !== null && isPassing(errno));
  return isLate ? new AccountsTimeoutError({ cause: error }) : error;
}
