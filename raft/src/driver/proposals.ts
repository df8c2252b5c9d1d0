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
}

export class Proposals {
  readonly #clock: Clock;
  readonly #proposer: NodeId;
  readonly #session = randomInt(1, 2 ** 47);
  readonly #pending = new Map<number, Pending>();
  #sequence = 0;

  constructor(clock: Clock, proposer: NodeId) {
    this.#clock = clock;
    this.#proposer = proposer;
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
    this.#pending.set(sequence, { call, ...sentTo });
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

  /** Rejects what was sent to another leader, or to this one in an earlier term. */
  leaderIs(leader: NodeId, term: number): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.leader !== leader || pending.term !== term) {
        pending.call.reject(new AmbiguousError('leader-lost'));
      }
    }
  }

  rejectAll(error: Error): void {
    for (const { call } of [...this.#pending.values()]) call.reject(error);
  }
}
