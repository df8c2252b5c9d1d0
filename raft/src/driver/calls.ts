/** The application's calls: each checks what it can at once, and gives a promise that settles. */
import { encodeConfChange } from '../core/conf-change.ts';
import type { RawNode } from '../core/raw-node.ts';
import { type Entry, type EntryType, message, NONE, type NodeId } from '../core/types.ts';
import type { Clock } from '../ports.ts';
import { refusalError } from './admission.ts';
import { Call, type CallOptions } from './call.ts';
import type { CampaignVeto } from './campaign-veto.ts';
import type { RaftConfig } from './config.ts';
import {
  AmbiguousError,
  MembershipError,
  NotLeaderError,
  OverloadedError,
  TimeoutError,
} from './errors.ts';
import type { EventBus } from './event-bus.ts';
import type { LeaderLease } from './leader-lease.ts';
import { encodeChange, type MembershipChange } from './members.ts';
import type { Messages } from './messages.ts';
import { encodeProposal, type ProposalKey } from './proposal.ts';
import type { ProposalOutcome, Proposals } from './proposals.ts';
import type { ReadOutcome, Reads } from './reads.ts';
import type { Replica } from './replica.ts';

export interface CallsPort {
  readonly config: RaftConfig;
  readonly clock: Clock;
  readonly node: RawNode;
  readonly replica: Replica;
  readonly proposals: Proposals;
  readonly reads: Reads;
  readonly lease: LeaderLease;
  readonly messages: Messages;
  readonly bus: EventBus;
  readonly veto: CampaignVeto;
  readonly run: (change: () => void) => void;
  /** Why no call can be taken now. */
  readonly unavailable: () => Error | null;
}

export class Calls {
  readonly #port: CallsPort;

  constructor(port: CallsPort) {
    this.#port = port;
  }

  #timeout(options: CallOptions): CallOptions & { readonly timeoutMs: number } {
    return { ...options, timeoutMs: options.timeoutMs ?? this.#port.config.defaultTimeoutMs };
  }

  #check(options: CallOptions): void {
    options.signal?.throwIfAborted();
    const unavailable = this.#port.unavailable();
    if (unavailable !== null) throw unavailable;
  }

  propose(data: Uint8Array, options: CallOptions): Promise<ProposalOutcome> {
    return this.#propose('normal', options, (key) => encodeProposal(key, data));
  }

  async proposeChange(changes: readonly MembershipChange[], options: CallOptions): Promise<void> {
    if (changes.length === 0) throw new MembershipError('invalid');
    await this.#propose('conf-change-v2', options, (key) =>
      encodeConfChange(encodeChange(changes, key, this.#port.replica.members.records)),
    );
  }

  async #propose(
    type: EntryType,
    options: CallOptions,
    encode: (key: ProposalKey) => Uint8Array,
  ): Promise<ProposalOutcome> {
    this.#check(options);
    const { node, proposals, config, messages, run } = this.#port;
    const { id, lead: leader, term } = node.core;
    if (leader === NONE) throw new NotLeaderError(null);
    if (proposals.count >= config.maxPendingProposals) {
      throw new OverloadedError(`${proposals.count} proposals wait on this node`);
    }
    const { key, call } = proposals.open({ leader, term }, this.#timeout(options));
    const entry: Entry = { index: 0, term: 0, type, data: encode(key) };
    const proposal = message({ type: 'propose', from: id, entries: [entry] });
    run(() => {
      if (leader !== id) {
        node.step(proposal);
        return;
      }
      const refusal = messages.admit(proposal);
      if (refusal !== null) call.reject(refusalError(refusal, leader));
    });
    return call.promise;
  }

  async read(
    consistency: 'read-index' | 'lease' | 'stale',
    options: CallOptions,
  ): Promise<ReadOutcome> {
    this.#check(options);
    const { node, replica, lease, reads, run } = this.#port;
    const { core } = node;
    const applied = replica.appliedIndex;
    if (consistency === 'stale') return { index: applied };
    if (consistency === 'lease' && lease.holds(core) && applied >= core.log.committed) {
      return { index: applied };
    }
    if (core.lead === NONE) throw new NotLeaderError(null);
    const sentTo = { leader: core.lead, term: core.term };
    const { readId, call } = reads.open(sentTo, this.#timeout(options));
    run(() => node.readIndex(readId));
    return call.promise;
  }

  async transferLeadership(to: NodeId, options: CallOptions): Promise<void> {
    this.#check(options);
    const { node, clock, bus, lease, run } = this.#port;
    const { core } = node;
    if (core.role !== 'leader') throw new NotLeaderError(core.lead === NONE ? null : core.lead);
    if (to === core.id) return;
    if (!core.tracker.voterIds.includes(to) || core.witnesses.has(to))
      throw new MembershipError('invalid');
    const call = new Call<void>(clock, this.#timeout(options), {
      timedOut: () => new TimeoutError('the transfer of leadership'),
      aborted: (reason) => new AmbiguousError('aborted', reason),
    });
    const stop = bus.watch((event) => {
      if (event.type === 'fatal') call.reject(event.error);
      if (event.type !== 'leadership' || event.leader === null) return;
      if (event.leader === to) call.resolve();
      else if (event.leader !== core.id) call.reject(new NotLeaderError(event.leader));
    });
    call.finally(stop);
    // The transferee is excused from respecting the lease, so the lease is over.
    lease.end();
    run(() => node.transferLeader(to));
    return call.promise;
  }

  vetoCampaign(reason: string, forMs: number): () => void {
    this.#check({});
    return this.#port.veto.set(reason, forMs);
  }

  async campaign(): Promise<void> {
    this.#check({});
    const { node, run } = this.#port;
    run(() => node.campaign());
  }
}
