import { InvalidHistoryError } from './invalid-history-error.ts';
import type { Outcome } from './operation.ts';

/** One attempt to add a key. A key is attempted once in a run. */
export interface Attempt {
  readonly key: number;
  readonly outcome: Outcome;
}

/** A key that is there though nobody put it there, or though its client was told that it failed. */
export interface Phantom {
  readonly key: number;
  readonly reason: 'never-invoked' | 'failed';
}

export interface SetVerdict {
  readonly attempts: number;
  readonly acknowledged: number;
  readonly failed: number;
  /** Acknowledged and absent. */
  readonly lost: readonly number[];
  /** Present more than once, and how often. */
  readonly duplicates: readonly { readonly key: number; readonly times: number }[];
  readonly phantoms: readonly Phantom[];
  /** Outcome unknown: either is right. */
  readonly unknownPresent: number;
  readonly unknownAbsent: number;
}

/**
 * Jepsen's set: unique keys are added during the run and all are read once at its end.
 *
 * @param present every key as often as it was read, after all attempts ended
 * @throws InvalidHistoryError when a key was attempted twice
 */
export function checkSet(attempts: Iterable<Attempt>, present: Iterable<number>): SetVerdict {
  const outcomes = new Map<number, Outcome>();
  for (const { key, outcome } of attempts) {
    if (outcomes.has(key)) throw new InvalidHistoryError(`key ${key} was attempted twice`);
    outcomes.set(key, outcome);
  }
  const times = countTimes(present);
  const count = { ok: 0, fail: 0, unknownPresent: 0, unknownAbsent: 0 };
  const lost: number[] = [];
  const phantoms: Phantom[] = [];
  for (const [key, outcome] of outcomes) {
    const there = times.has(key);
    switch (outcome) {
      case 'ok':
        count.ok += 1;
        if (!there) lost.push(key);
        break;
      case 'fail':
        count.fail += 1;
        if (there) phantoms.push({ key, reason: 'failed' });
        break;
      case 'unknown':
        count[there ? 'unknownPresent' : 'unknownAbsent'] += 1;
        break;
    }
  }
  for (const key of times.keys()) {
    if (!outcomes.has(key)) phantoms.push({ key, reason: 'never-invoked' });
  }
  return {
    attempts: outcomes.size,
    acknowledged: count.ok,
    failed: count.fail,
    lost,
    duplicates: [...times].filter(([, n]) => n > 1).map(([key, n]) => ({ key, times: n })),
    phantoms,
    unknownPresent: count.unknownPresent,
    unknownAbsent: count.unknownAbsent,
  };
}

/** Whether nothing is lost, there twice, or there without reason. */
export function isSetSound(verdict: SetVerdict): boolean {
  return (
    verdict.lost.length === 0 && verdict.duplicates.length === 0 && verdict.phantoms.length === 0
  );
}

function countTimes(keys: Iterable<number>): Map<number, number> {
  const times = new Map<number, number>();
  for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1);
  return times;
}
