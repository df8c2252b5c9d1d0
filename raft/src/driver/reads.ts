/** Reads of this node: waiting for a quorum to confirm the leader, then for the state machine to catch up. */
import { randomInt } from 'node:crypto';
import type { NodeId } from '../core/types.ts';
import type { Clock } from '../ports.ts';
import { Call, type CallOptions } from './call.ts';
import { NotLeaderError, TimeoutError } from './errors.ts';

/** The state machine of this node has applied everything up to `index`. */
export interface ReadOutcome {
  readonly index: number;
}

interface Pending {
  readonly call: Call<ReadOutcome>;
  readonly startedAt: number;
  readonly leader: NodeId;
  readonly term: number;
  /** Set once confirmed. */
  index: number | null;
}

export class Reads {
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #waiting: Pending[] = [];
  #next = randomInt(1, 2 ** 46);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(
    sentTo: { readonly leader: NodeId; readonly term: number },
    options: CallOptions & { readonly timeoutMs: number },
  ): { readonly readId: number; readonly call: Call<ReadOutcome> } {
    this.#next += 1;
    const readId = this.#next;
    const call = new Call<ReadOutcome>(this.#clock, options, {
      timedOut: () => new TimeoutError('the read'),
      aborted: (reason) =>
        reason instanceof Error ? reason : new Error('the read was aborted', { cause: reason }),
    });
    this.#pending.set(readId, { call, startedAt: this.#clock.now(), index: null, ...sentTo });
    call.finally(() => this.#pending.delete(readId));
    return { readId, call };
  }

  /** A quorum confirmed the leader after the read began. Returns when that was; null for an unknown read. */
  confirmed(readId: number, index: number, applied: number): number | null {
    const pending = this.#pending.get(readId);
    if (pending === undefined) return null;
    pending.index = index;
    if (applied >= index) pending.call.resolve({ index });
    else this.#waiting.push(pending);
    return pending.startedAt;
  }

  appliedTo(applied: number): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(({ call, index }) => {
      if (index === null || index > applied) return !call.settled;
      call.resolve({ index });
      return false;
    });
  }

  /** Rejects the unconfirmed reads that another leader was asked for. */
  leaderIs(leader: NodeId, term: number): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.index === null && (pending.leader !== leader || pending.term !== term)) {
        pending.call.reject(new NotLeaderError(leader === 0 ? null : leader));
      }
    }
  }

  refuse(readId: number, error: Error): void {
    this.#pending.get(readId)?.call.reject(error);
  }

  rejectAll(error: Error): void {
    for (const { call } of [...this.#pending.values()]) call.reject(error);
    this.#waiting = [];
  }
}
