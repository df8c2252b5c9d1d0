/** Until when nobody else can be leader, by the monotonic clock and counted from when the quorum was asked. */
import type { RaftCore } from '../core/raft-core.ts';
import { NONE } from '../core/types.ts';
import type { Clock } from '../ports.ts';
import type { RaftConfig } from './config.ts';

export class LeaderLease {
  readonly #config: RaftConfig;
  readonly #clock: Clock;
  #from = Number.NEGATIVE_INFINITY;

  constructor(config: RaftConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** A quorum answered to what was sent at `askedAt`. */
  renew(askedAt: number): void {
    this.#from = Math.max(this.#from, askedAt);
  }

  end(): void {
    this.#from = Number.NEGATIVE_INFINITY;
  }

  /** The clock is read here, after any stall of the event loop, and nothing may be awaited between this and the answer. */
  holds(core: RaftCore): boolean {
    const { leaseReads, electionTimeoutMs, leaseFraction } = this.#config;
    if (!leaseReads || core.role !== 'leader' || core.leadTransferee !== NONE) return false;
    if (!core.committedInCurrentTerm()) return false;
    return this.#clock.now() - this.#from < electionTimeoutMs[0] * leaseFraction;
  }
}
