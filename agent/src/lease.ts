/**
 * The primary's lease (I7): valid for `leaseMs` from the moment that a question was sent which a raft leader, confirmed
 * by a quorum after that moment, has answered. It bounds stale reads; no write's safety depends on it.
 */
import type { Clock, RaftNode } from './ports.ts';

/** More cannot help: an answer older than a lease renews nothing. */
const QUESTIONS_UNDER_WAY = 5;

export class Lease {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #validUntilMs = Number.NEGATIVE_INFINITY;
  #onChange: () => void = () => undefined;
  #expiry: NodeJS.Timeout | null = null;

  constructor(deps: { readonly clock: Clock; readonly leaseMs: number }) {
    this.#clock = deps.clock;
    this.#leaseMs = deps.leaseMs;
  }

  /** Called when the lease begins to be valid and when it ends. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  get remainingMs(): number {
    return Math.max(0, this.#validUntilMs - this.#clock.monotonicMs());
  }

  get valid(): boolean {
    return this.remainingMs > 0;
  }

  /**
   * Asks for as long as `wanted()` holds, five times a lease, until the signal aborts. A question does not wait for the answer to the one
   * before: on a slow machine an answer may take most of a lease, and the next must then be under way already.
   */
  async keep(raft: RaftNode, wanted: () => boolean, signal: AbortSignal): Promise<void> {
    const intervalMs = this.#leaseMs / 5;
    let underWay = 0;
    while (!signal.aborted) {
      if (wanted() && underWay < QUESTIONS_UNDER_WAY) {
        underWay += 1;
        void this.#ask(raft, signal).finally(() => {
          underWay -= 1;
        });
      }
      await pause(intervalMs, signal);
    }
  }

  async #ask(raft: RaftNode, signal: AbortSignal): Promise<void> {
    const sentMs = this.#clock.monotonicMs();
    try {
      await raft.read({ consistency: 'read-index', timeoutMs: this.#leaseMs, signal });
      this.#renew(sentMs + this.#leaseMs);
    } catch {
      // No leader, no quorum or too late: the lease runs out by itself.
    }
  }

  #renew(untilMs: number): void {
    const was = this.valid;
    this.#validUntilMs = Math.max(this.#validUntilMs, untilMs);
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#onChange(), this.remainingMs + 1);
    this.#expiry.unref();
    if (!was && this.valid) this.#onChange();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
