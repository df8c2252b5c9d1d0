/** One time in office: from winning the lease until it is lost or given back. It is the right to write (WriteGuard). */
import type { Clock } from '../clock.ts';
import type { WriteGuard } from '../kube/write-guard.ts';

/** This process is not, or no longer, the leader: what it wanted to write is for the next one to decide. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
  readonly code = 'LEADERSHIP_LOST';

  constructor(why: string) {
    super(`no longer the leader: ${why}`);
  }
}

/**
 * Ends at `sentAt + renewDeadlineMs` of the last renewal that succeeded, which lies before the moment at which anybody
 * else may take the lease: they wait for the whole lease duration, and began to count when the renewal arrived. The end
 * is a matter of the clock, not of a timer: a process that was stopped finds its term over whatever runs first.
 */
export class Term implements WriteGuard {
  readonly #clock: Clock;
  readonly #renewDeadlineMs: number;
  readonly #ended = new AbortController();
  #validUntil: number;
  #cancelTimer: () => void = () => {};

  constructor(options: {
    readonly clock: Clock;
    readonly renewDeadlineMs: number;
    readonly sentAt: number;
  }) {
    this.#clock = options.clock;
    this.#renewDeadlineMs = options.renewDeadlineMs;
    this.#validUntil = options.sentAt + options.renewDeadlineMs;
    this.#arm();
  }

  /** Aborts with a LeadershipLostError. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether it still holds, by the clock of this moment. */
  get isHeld(): boolean {
    if (this.#ended.signal.aborted) return false;
    if (this.#clock.now() < this.#validUntil) return true;
    this.end('the lease was not renewed in time');
    return false;
  }

  remainingMs(): number {
    return this.isHeld ? this.#validUntil - this.#clock.now() : 0;
  }

  assertHeld(): void {
    if (!this.isHeld) this.#ended.signal.throwIfAborted();
  }

  /** A renewal sent at `sentAt` has succeeded. False when the term was over by then: it is not brought back to life. */
  renewed(sentAt: number): boolean {
    if (!this.isHeld) return false;
    this.#validUntil = Math.max(this.#validUntil, sentAt + this.#renewDeadlineMs);
    this.#arm();
    return true;
  }

  end(why: string): void {
    this.#cancelTimer();
    if (!this.#ended.signal.aborted) this.#ended.abort(new LeadershipLostError(why));
  }

  #arm(): void {
    this.#cancelTimer();
    const remainingMs = this.#validUntil - this.#clock.now();
    this.#cancelTimer = this.#clock.setTimer(remainingMs, () => {
      // A timer may be some milliseconds early by the other clock.
      if (this.isHeld) this.#arm();
    });
  }
}
