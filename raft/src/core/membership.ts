/** The membership in force and the leader's view of every member. */
import { Inflights } from './inflights.ts';
import { Progress } from './progress.ts';
import { jointCommitted, jointVote, type VoteResult } from './quorum.ts';
import type { ConfState, NodeId } from './types.ts';

/** Who votes and who listens. Sets are never changed in place. */
export interface Membership {
  readonly incoming: ReadonlySet<NodeId>;
  /** Non-empty only while joint. */
  readonly outgoing: ReadonlySet<NodeId>;
  readonly learners: ReadonlySet<NodeId>;
  /** Voters of the outgoing half that become learners once the joint configuration is left. */
  readonly learnersNext: ReadonlySet<NodeId>;
  readonly autoLeave: boolean;
}

export type ProgressMap = ReadonlyMap<NodeId, Progress>;

export const EMPTY_MEMBERSHIP: Membership = Object.freeze({
  incoming: new Set<NodeId>(),
  outgoing: new Set<NodeId>(),
  learners: new Set<NodeId>(),
  learnersNext: new Set<NodeId>(),
  autoLeave: false,
});

export function sortedIds(ids: Iterable<NodeId>): NodeId[] {
  return [...ids].sort((a, b) => a - b);
}

export function isJoint(membership: Membership): boolean {
  return membership.outgoing.size > 0;
}

export function toConfState(membership: Membership): ConfState {
  return {
    voters: sortedIds(membership.incoming),
    votersOutgoing: sortedIds(membership.outgoing),
    learners: sortedIds(membership.learners),
    learnersNext: sortedIds(membership.learnersNext),
    autoLeave: membership.autoLeave,
  };
}

/** Membership, progress and the votes of the election under way. */
export class Tracker {
  membership: Membership = EMPTY_MEMBERSHIP;
  /** Sorted by id, so that every broadcast has one order. */
  progress: ProgressMap = new Map();
  votes = new Map<NodeId, boolean>();
  readonly maxInflight: number;
  readonly maxInflightBytes: number;
  #voterIds: readonly NodeId[] = [];

  constructor(maxInflight: number, maxInflightBytes: number) {
    this.maxInflight = maxInflight;
    this.maxInflightBytes = maxInflightBytes;
  }

  newInflights(): Inflights {
    return new Inflights(this.maxInflight, this.maxInflightBytes);
  }

  install(membership: Membership, progress: ProgressMap): void {
    this.membership = membership;
    this.progress = new Map([...progress].sort(([a], [b]) => a - b));
    this.#voterIds = sortedIds(new Set([...membership.incoming, ...membership.outgoing]));
  }

  /** Voters of both halves, ascending. */
  get voterIds(): readonly NodeId[] {
    return this.#voterIds;
  }

  /** True when `id` alone is the quorum. A removed leader of a cluster of one is not. */
  isOnlyVoter(id: NodeId): boolean {
    const { incoming, outgoing } = this.membership;
    return incoming.size === 1 && outgoing.size === 0 && incoming.has(id);
  }

  resetProgress(self: NodeId, lastIndex: number): void {
    const fresh = new Map<NodeId, Progress>();
    for (const [id, old] of this.progress) {
      fresh.set(
        id,
        new Progress({
          match: id === self ? lastIndex : 0,
          next: lastIndex + 1,
          inflights: this.newInflights(),
          isLearner: old.isLearner,
          recentActive: false,
        }),
      );
    }
    this.progress = fresh;
  }

  /** The highest index that the membership in force has made durable. */
  committed(acked: (id: NodeId) => number | undefined): number {
    return jointCommitted(this.membership.incoming, this.membership.outgoing, acked);
  }

  quorumActive(): boolean {
    const votes = new Map<NodeId, boolean>();
    for (const [id, progress] of this.progress) {
      if (!progress.isLearner) votes.set(id, progress.recentActive);
    }
    return jointVote(this.membership.incoming, this.membership.outgoing, votes) === 'won';
  }

  /** The first answer of a node counts; a duplicate changes nothing. */
  recordVote(id: NodeId, granted: boolean): void {
    if (!this.votes.has(id)) this.votes.set(id, granted);
  }

  tally(): { readonly granted: number; readonly rejected: number; readonly result: VoteResult } {
    let granted = 0;
    let rejected = 0;
    for (const [id, progress] of this.progress) {
      const vote = progress.isLearner ? undefined : this.votes.get(id);
      if (vote === true) granted += 1;
      else if (vote === false) rejected += 1;
    }
    const { incoming, outgoing } = this.membership;
    return { granted, rejected, result: jointVote(incoming, outgoing, this.votes) };
  }
}
