import type { Reference } from '../review/facts.ts';
import type { LookUp } from './look-up.ts';

/** Milliseconds for which an answer holds. People create a missing Secret within seconds of the warning. */
export const CACHE_MS = Object.freeze({ present: 30_000, missing: 1_000, unknown: 1_000 });
const MAXIMUM_ENTRIES = 10_000;

interface Entry {
  readonly answer: boolean | undefined;
  readonly untilMs: number;
}

/**
 * Remembers answers, so that applying a thousand objects which name one Secret asks once. An unknown
 * one is remembered, too: an API server in trouble is not asked once a request.
 *
 * @param nowMs a clock that never goes back; milliseconds
 */
export function cachedLookUp(inner: LookUp, nowMs: () => number): LookUp {
  const entries = new Map<string, Entry>();
  const remember = (key: string, answer: boolean | undefined): void => {
    const { present, missing, unknown } = CACHE_MS;
    const holdsMs = answer === undefined ? unknown : answer ? present : missing;
    entries.delete(key);
    entries.set(key, { answer, untilMs: nowMs() + holdsMs });
    const [oldest] = entries.keys();
    if (entries.size > MAXIMUM_ENTRIES && oldest !== undefined) entries.delete(oldest);
  };
  return {
    async exists(reference, signal) {
      const key = keyOf(reference);
      const entry = entries.get(key);
      if (entry !== undefined && nowMs() < entry.untilMs) return entry.answer;
      let answer: boolean | undefined;
      try {
        answer = await inner.exists(reference, signal);
      } finally {
        remember(key, answer);
      }
      return answer;
    },
  };
}

function keyOf({ kind, namespace, name }: Reference): string {
  return JSON.stringify([kind, namespace, name]);
}
