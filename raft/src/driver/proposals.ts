/** Proposals of this node that wait to be applied here. */
import { randomInt } from 'node:crypto';
import type { NodeId } from '../core/types.ts';
import type { Clock } from '../ports.ts';
import { Call, type CallOptions } from './call.ts';
import { AmbiguousError, type NotLeaderError, type OverloadedError } from './errors.ts';
import type { ProposalKey } from './proposal.ts';

/** A proposal that took effect. `result` is what the local state machine returned for it. */
export interface ProposalOutcome {
  readonly index: number;
  readonly term: number;
  readonly result: unknown;
}

interface Pending {
  readonly call: Call<ProposalOutcome>;
  readonly leader: NodeId;
  readonly term: number;
  /** The leader was lost, but the entry is in this node's log: the next leader is given time to commit it. */
  waitsForNext: boolean;
}

/** Where in this node's log a proposal is: certain to be applied, or only likely. */
export type LogPlace = 'committed' | 'appended';

export class Proposals {
  readonly #clock: Clock;
  readonly #proposer: NodeId;
  readonly #session = randomInt(1, 2 ** 47);
  readonly #graceMs: number;
  readonly #pending = new Map<number, Pending>();
  #sequence = 0;

  /** `graceMs`: how long a proposal that a follower has in its log waits for the next leader. */
  constructor(clock: Clock, proposer: NodeId, graceMs: number) {
    this.#clock = clock;
    this.#proposer = proposer;
    this.#graceMs = graceMs;
  }

  get count(): number {
    return this.#pending.size;
  }

  open(
    sentTo: { readonly leader: NodeId; readonly term: number },
    options: CallOptions & { readonly timeoutMs: number },
  ): { readonly key: ProposalKey; readonly call: Call<ProposalOutcome> } {
    this.#sequence += 1;
    const sequence = this.#sequence;
    const call = new Call<ProposalOutcome>(this.#clock, options, {
      timedOut: () => new AmbiguousError('timeout'),
      aborted: (reason) => new AmbiguousError('aborted', reason),
    });
    this.#pending.set(sequence, { call, ...sentTo, waitsForNext: false });
    call.finally(() => this.#pending.delete(sequence));
    return { key: { proposer: this.#proposer, session: this.#session, sequence }, call };
  }

  #find(key: ProposalKey): Pending | undefined {
    if (key.proposer !== this.#proposer || key.session !== this.#session) return undefined;
    return this.#pending.get(key.sequence);
  }

  applied(key: ProposalKey, outcome: ProposalOutcome): void {
    this.#find(key)?.call.resolve(outcome);
  }

  /** It is certain that the proposal has no effect. */
  refused(key: ProposalKey, error: NotLeaderError | OverloadedError | Error): void {
    this.#find(key)?.call.reject(error);
  }

  /**
   * Another leader, or none. What was sent to an earlier one is ambiguous, save what this node's log knows better:
   * a committed entry will be applied, and one that a follower holds is most likely the next leader's too.
   */
  leaderIs(
    leader: NodeId,
    term: number,
    tail: readonly (readonly [ProposalKey, LogPlace])[],
  ): void {
    const places = new Map<number, LogPlace>();
    for (const [key, place] of tail) if (this.#find(key)) places.set(key.sequence, place);
    for (const [sequence, pending] of [...this.#pending]) {
      if (pending.leader === leader && pending.term === term) continue;
      const place = places.get(sequence);
      if (place === 'committed') continue;
      // The leader's own: it was deposed, and whether others have the entry it does not know.
      if (place === undefined || pending.leader === this.#proposer) {
        pending.call.reject(new AmbiguousError('leader-lost'));
      } else if (!pending.waitsForNext) {
        pending.waitsForNext = true;
        const late = (): void => pending.call.reject(new AmbiguousError('leader-lost'));
        pending.call.finally(this.#clock.after(this.#graceMs, late));
      }
    }
  }

  rejectAll(error: Error): void {
    for (const { call } of [...this.#pending.values()]) call.reject(error);
  }
}
