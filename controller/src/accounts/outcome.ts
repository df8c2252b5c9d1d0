/** What the primary answered, or why it did not, in words. Pure. */
import type { AccountProblem, AccountsAnswer } from '@radondb/api';
import { ACCOUNT_REASONS as R } from './reasons.ts';
import type { Verdict } from './verdict.ts';

/** What came of a request. `unreachable`: nobody answered; it may have been done all the same. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: AccountsAnswer }
  | { readonly kind: 'unreachable'; readonly why: string };

/** Milliseconds until the next try. */
export const RETRY_MS = Object.freeze({ unreachable: 5_000, waiting: 15_000, failed: 60_000 });

const STALLING: Readonly<Record<Exclude<AccountProblem['code'], 'WAITING'>, Verdict['reason']>> = {
  REFUSED: R.refused,
  CONFLICT: R.conflict,
  FAILED: R.statementFailed,
};

/** `inForce`: what to say when everything is done. */
export function verdictOf(outcome: Outcome, inForce: string): Verdict {
  if (outcome.kind === 'unreachable') {
    return {
      ...{ state: 'waiting', reason: R.primaryNotReachable, keepsReady: true },
      message: `${outcome.why}. It is tried again; kubectl get mysqlclusters shows how the cluster is.`,
    };
  }
  const { done, problems } = outcome.answer;
  if (done) return { state: 'ready', reason: R.inForce, message: inForce };
  const words = problems.map(({ field, message }) =>
    field === '' ? message : `${field}: ${message}`,
  );
  const message = `${words.join('; ')}.`;
  const worst = problems.find(({ code }) => code !== 'WAITING')?.code;
  if (worst === undefined || worst === 'WAITING') {
    return {
      ...{ state: 'waiting', reason: R.waitingForTable },
      message: `${message} The rest is in force, and this is tried again until it is there.`,
    };
  }
  return { state: 'stalled', reason: STALLING[worst], message };
}

/** Null: only when something changes. */
export function retryAfterMs(outcome: Outcome, nowMs: number): number | null {
  if (outcome.kind === 'unreachable') return RETRY_MS.unreachable;
  const { done, problems, oldPasswordUntilMs } = outcome.answer;
  if (!done) {
    const isWaiting = problems.every(({ code }) => code === 'WAITING');
    return isWaiting ? RETRY_MS.waiting : RETRY_MS.failed;
  }
  return oldPasswordUntilMs === null ? null : Math.max(1_000, oldPasswordUntilMs - nowMs + 1_000);
}
