/** Which events are told, which are only counted, and which are too many. Pure: time comes in as an argument. */
import type { EventToRecord, ObjectReference } from '../ports.ts';

export interface EventLimits {
  /** The same event within this time is counted, not told again. Milliseconds. */
  readonly sameWithinMs: number;
  /** The count of a repeated event is told at most this often. Milliseconds. */
  readonly countEveryMs: number;
  /** Different events an object may have at once … */
  readonly burst: number;
  /** … and then one each time this has passed. Milliseconds. */
  readonly refillMs: number;
  /** Events and objects remembered, the oldest forgotten first. */
  readonly remembered: number;
}

export const EVENT_LIMITS: EventLimits = Object.freeze({
  sameWithinMs: 600_000,
  countEveryMs: 60_000,
  burst: 25,
  refillMs: 60_000,
  remembered: 4_096,
});

/** An event that is told, under the name of its object in the API. */
export interface BookedEvent {
  readonly name: string;
  readonly regarding: ObjectReference;
  readonly event: EventToRecord;
  /** How often it has happened. */
  readonly count: number;
}

interface Line {
  readonly name: string;
  readonly regarding: ObjectReference;
  readonly event: EventToRecord;
  count: number;
  toldCount: number;
  toldAt: number;
  lastAt: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

export type Booking =
  | { readonly kind: 'tell'; readonly booked: BookedEvent }
  | { readonly kind: 'counted' }
  | { readonly kind: 'too-many' };

export class EventBook {
  readonly #limits: EventLimits;
  readonly #newName: (object: string) => string;
  readonly #lines = new Map<string, Line>();
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: EventLimits, newName: (object: string) => string) {
    this.#limits = limits;
    this.#newName = newName;
  }

  book(event: EventToRecord, now: number): Booking {
    const regarding = referenceTo(event.regarding);
    const key = JSON.stringify([regarding.uid, event.type, event.reason, event.action, event.note]);
    const line = this.#lines.get(key);
    if (line !== undefined && now - line.lastAt < this.#limits.sameWithinMs) {
      line.count += 1;
      line.lastAt = now;
      return { kind: 'counted' };
    }
    if (!this.#takeToken(regarding.uid, now)) return { kind: 'too-many' };
    const name = this.#newName(regarding.name);
    const told = { count: 1, toldCount: 1, toldAt: now, lastAt: now };
    const booked = { name, regarding, event };
    this.#lines.delete(key);
    this.#lines.set(key, { ...booked, ...told });
    forgetOldest(this.#lines, this.#limits.remembered);
    return { kind: 'tell', booked: { ...booked, count: 1 } };
  }

  /** It could not be told: the next occasion is told as a new one. */
  forget(name: string): void {
    for (const [key, line] of this.#lines) if (line.name === name) this.#lines.delete(key);
  }

  /** Repeated events whose new count is due; all that have one when `everything`. */
  takeRepeats(now: number, everything = false): BookedEvent[] {
    const due: BookedEvent[] = [];
    for (const line of this.#lines.values()) {
      if (line.count === line.toldCount) continue;
      if (!everything && now - line.toldAt < this.#limits.countEveryMs) continue;
      line.toldCount = line.count;
      line.toldAt = now;
      const { name, regarding, event, count } = line;
      due.push({ name, regarding, event, count });
    }
    return due;
  }

  #takeToken(uid: string, now: number): boolean {
    const { burst, refillMs, remembered } = this.#limits;
    const bucket = this.#buckets.get(uid) ?? { tokens: burst, filledAt: now };
    const refills = Math.floor((now - bucket.filledAt) / refillMs);
    bucket.tokens = Math.min(burst, bucket.tokens + refills);
    bucket.filledAt += refills * refillMs;
    this.#buckets.delete(uid);
    this.#buckets.set(uid, bucket);
    forgetOldest(this.#buckets, remembered);
    if (bucket.tokens === 0) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** Only what identifies it: an event must not carry the object. */
function referenceTo(regarding: EventToRecord['regarding']): ObjectReference {
  const { name, namespace, uid } =
    'metadata' in regarding ? regarding.metadata : (regarding as ObjectReference);
  const { apiVersion, kind } = regarding;
  return { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) };
}

function forgetOldest(map: Map<string, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    map.delete(key);
  }
}
