/** What a reflector does after a watch or a list has ended. Pure. */
import { type Backoff, backoffDelayMs } from '../backoff.ts';

/** How it ended. `refused`: the server answered with an error; `unreachable`: no answer, or a cut connection. */
export type RoundEnd = 'closed' | 'gone' | 'went-back' | 'silent' | 'refused' | 'unreachable';

export interface Round {
  readonly kind: 'list' | 'watch';
  readonly end: RoundEnd;
  /** The list was completed, or the watch brought an event or a bookmark. */
  readonly madeProgress: boolean;
  readonly livedMs: number;
  /** The server asked for this pause. Milliseconds. */
  readonly retryAfterMs?: number;
}

/** Failures since the last progress. */
export interface Course {
  readonly failures: number;
  readonly silences: number;
  readonly refusals: number;
}

export const NEW_COURSE: Course = { failures: 0, silences: 0, refusals: 0 };

export interface Step {
  readonly next: 'list' | 'watch';
  readonly delayMs: number;
  readonly course: Course;
}

export interface CourseTimes {
  readonly backoff: Backoff;
  /** A watch that lived for this long was healthy, even if nothing happened. Milliseconds. */
  readonly healthyMs: number;
  /** Between the starts of two watches at least, so that a server that hangs up at once is not hammered. Milliseconds. */
  readonly minGapMs: number;
}

/** In a row, until the whole list is fetched again: the place in history may be what the server does not like. */
const REFUSALS_UNTIL_LIST = 3;
/** In a row: a first silence is a dead connection, a second one is a server that has lost the thread. */
const SILENCES_UNTIL_LIST = 2;

export function nextStep(course: Course, round: Round, times: CourseTimes, random: number): Step {
  const wasHealthy = round.madeProgress || round.livedMs >= times.healthyMs;
  const base = wasHealthy ? NEW_COURSE : course;
  const silences = round.end === 'silent' ? base.silences + 1 : base.silences;
  const refusals = round.end === 'refused' ? base.refusals + 1 : 0;
  // A silence has cost its time already; and what has made progress may go on at once.
  const isFree = round.end === 'silent' || (wasHealthy && round.kind === 'watch');
  const failures = isFree ? base.failures : base.failures + 1;
  const mustList =
    round.kind === 'list' ||
    round.end === 'gone' ||
    round.end === 'went-back' ||
    refusals >= REFUSALS_UNTIL_LIST ||
    silences >= SILENCES_UNTIL_LIST;
  const waitMs = failures === 0 ? 0 : backoffDelayMs(times.backoff, failures, random);
  const gapMs = Math.max(0, times.minGapMs - round.livedMs);
  return {
    next: mustList ? 'list' : 'watch',
    delayMs: Math.max(waitMs, gapMs, round.retryAfterMs ?? 0),
    course: { failures, silences: mustList ? 0 : silences, refusals: mustList ? 0 : refusals },
  };
}
