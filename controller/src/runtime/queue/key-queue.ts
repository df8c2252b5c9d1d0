/**
 * A queue of keys. Pure: time comes in as an argument. A key is in it once at most, is never handed out while it is being
 * worked on, and comes back behind all others when it was added meanwhile.
 */
import { type Backoff, backoffDelayMs } from '../backoff.ts';

export interface TakenKey {
  readonly key: string;
  /** How long it was due before somebody took it. Milliseconds. */
  readonly waitedMs: number;
  /** In a row, before this. */
  readonly failures: number;
}

export interface KeyQueueOptions {
  readonly backoff: Backoff;
  /** In [0, 1). */
  readonly random: () => number;
}

/** An event shortens the pause after a failure to this: a loop of failures that make events must not spin. Milliseconds. */
const HOLD_MS = 1_000;

export class KeyQueue {
  readonly #options: KeyQueueOptions;
  /** Ready keys in the order in which they became so, with the time. */
  readonly #ready = new Map<string, number>();
  /** Keys for later, with the time at which they are due. */
  readonly #later = new Map<string, number>();
  /** Keys being worked on; the time at which they were added again, if they were. */
  readonly #running = new Map<string, number | null>();
  readonly #failures = new Map<string, number>();
  /** Keys that failed a moment ago, and until when not even an event brings them back. */
  readonly #heldUntil = new Map<string, number>();

  constructor(options: KeyQueueOptions) {
    this.#options = options;
  }

  /** Keys that could be taken now. */
  get depth(): number {
    return this.#ready.size;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Keys whose time has not come yet. */
  get waiting(): number {
    return this.#later.size;
  }

  /** As soon as possible. What was planned for later is done with it: the work to come will plan anew. */
  add(key: string, now: number): void {
    const heldMs = (this.#heldUntil.get(key) ?? now) - now;
    if (heldMs > 0) this.addAfter(key, heldMs, now);
    else this.#addNow(key, now);
  }

  #addNow(key: string, now: number): void {
    this.#heldUntil.delete(key);
    this.#later.delete(key);
    if (this.#running.has(key)) {
      if (this.#running.get(key) === null) this.#running.set(key, now);
    } else if (!this.#ready.has(key)) {
      this.#ready.set(key, now);
    }
  }

  /** Not before `delayMs` from now; the earlier of two plans holds. */
  addAfter(key: string, delayMs: number, now: number): void {
    if (delayMs <= 0) {
      this.#addNow(key, now);
      return;
    }
    if (this.#ready.has(key)) return;
    const dueAt = now + delayMs;
    const planned = this.#later.get(key);
    if (planned === undefined || dueAt < planned) this.#later.set(key, dueAt);
  }

  /** The longest ready one. It belongs to the caller until `succeeded` or `failed`. */
  take(now: number): TakenKey | undefined {
    this.#promote(now);
    for (const [key, since] of this.#ready) {
      this.#ready.delete(key);
      // Due when it was added although it still ran: both are one piece of work.
      this.#running.set(key, null);
      return { key, waitedMs: now - since, failures: this.#failures.get(key) ?? 0 };
    }
    return undefined;
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
    this.#heldUntil.delete(key);
    const addedAt = this.#running.get(key);
    this.#running.delete(key);
    if (addedAt === null || addedAt === undefined) return;
    this.#later.delete(key);
    this.#ready.set(key, addedAt);
  }

  /** Comes back after a pause that doubles with every failure; an event brings it back earlier. Returns the pause in milliseconds. */
  failed(key: string, now: number, atLeastMs = 0): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const delay = backoffDelayMs(this.#options.backoff, failures, this.#options.random());
    const delayMs = Math.max(delay, atLeastMs);
    const wasAdded = this.#running.get(key) !== null;
    this.#running.delete(key);
    this.#later.delete(key);
    this.addAfter(key, delayMs, now);
    this.#heldUntil.set(key, now + Math.min(HOLD_MS, delayMs));
    if (wasAdded) this.add(key, now);
    return delayMs;
  }

  /** Milliseconds until a key becomes ready; 0 when one is, undefined when none is planned. */
  nextDueMs(now: number): number | undefined {
    if (this.#ready.size > 0) return 0;
    let earliest: number | undefined;
    for (const [key, dueAt] of this.#later)
      if (!this.#running.has(key) && (earliest === undefined || dueAt < earliest)) earliest = dueAt;
    return earliest === undefined ? undefined : Math.max(0, earliest - now);
  }

  #promote(now: number): void {
    for (const [key, dueAt] of this.#later) {
      if (dueAt > now || this.#running.has(key)) continue;
      this.#later.delete(key);
      this.#heldUntil.delete(key);
      this.#ready.set(key, dueAt);
    }
  }
}
