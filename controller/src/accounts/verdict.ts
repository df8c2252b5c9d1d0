/** What is said about an object in the end, and its conditions. Pure. */
import { CONDITION_TYPES, type Condition } from '@radondb/api';
import { ACCOUNT_REASONS, type AccountReason } from './reasons.ts';

export interface Verdict {
  /** `ready`: in force. `waiting`: goes on by itself. `stalled`: needs a person. */
  readonly state: 'ready' | 'waiting' | 'stalled';
  readonly reason: AccountReason;
  /** Says what to do, or what is waited for. */
  readonly message: string;
  /**
   * What was declared last is in force all the same: a failover, say, takes nothing away from an account. Only when the object and its
   * password are those that were declared then.
   */
  readonly keepsReady?: boolean;
}

export interface ConditionContext {
  readonly before: readonly Condition[];
  readonly generation: number | undefined;
  /** RFC 3339. */
  readonly now: string;
}

export function conditionsOf(verdict: Verdict, context: ConditionContext): Condition[] {
  const { ready, reconciling, stalled } = CONDITION_TYPES;
  const { state, reason, message } = verdict;
  const { before, generation, now } = context;
  const one = (type: string, is: boolean, why: string, words: string): Condition => {
    const status = is ? 'True' : 'False';
    const known = before.find((condition) => condition.type === type);
    return {
      ...{ type, status, reason: why, message: words },
      lastTransitionTime: known?.status === status ? known.lastTransitionTime : now,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  };
  const wasReady = before.find(({ type }) => type === ready);
  const isKept =
    verdict.keepsReady === true &&
    wasReady?.status === 'True' &&
    wasReady.observedGeneration === generation;
  return [
    isKept
      ? one(ready, true, wasReady.reason, wasReady.message)
      : one(ready, state === 'ready', reason, message),
    state === 'waiting'
      ? one(reconciling, true, reason, message)
      : one(reconciling, false, ACCOUNT_REASONS.upToDate, 'Nothing is under way.'),
    state === 'stalled'
      ? one(stalled, true, reason, message)
      : one(stalled, false, ACCOUNT_REASONS.progressing, 'Nothing needs a person.'),
  ];
}
