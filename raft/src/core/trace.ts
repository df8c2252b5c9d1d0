/**
 * What the core did, as data. The library has no log wording: an application (or the conformance harness) turns
 * these events into lines as it likes. Events are descriptive; nothing depends on them.
 */
import type { ConfChange } from './conf-change.ts';
import type { Membership } from './membership.ts';
import type { ProgressState } from './progress.ts';
import type { MessageType, NodeId, Snapshot } from './types.ts';

/** A copy of one follower's progress at the moment of the event. */
export interface ProgressView {
  readonly state: ProgressState;
  readonly match: number;
  readonly next: number;
  readonly isLearner: boolean;
  readonly paused: boolean;
  readonly pendingSnapshot: number;
  readonly recentActive: boolean;
  readonly inflight: number;
  readonly full: boolean;
}

export interface LogView {
  readonly committed: number;
  readonly applied: number;
  readonly applying: number;
  readonly unstableOffset: number;
  readonly unstableInProgress: number;
  readonly unstableLength: number;
}

export interface LogPosition {
  readonly index: number;
  readonly term: number;
}

export type ConfChangeRefusal =
  | { readonly why: 'unapplied'; readonly pending: number; readonly applied: number }
  | { readonly why: 'joint' }
  | { readonly why: 'not-joint' };

/** How a node answered a vote request. */
interface Ballot {
  readonly last: LogPosition;
  readonly vote: NodeId;
  readonly type: MessageType;
  readonly from: NodeId;
  readonly candidate: LogPosition;
  readonly term: number;
}

type Of<Kind extends string, Fields = unknown> = { readonly kind: Kind } & Fields;

/** Events of the log below the node: they carry no id. */
export type LogTraceEvent =
  | Of<'conflict-found', { index: number; existingTerm: number; conflictingTerm: number }>
  | Of<'unstable-replaced', { index: number }>
  | Of<'unstable-truncated', { index: number }>
  | Of<'stable-missing', { index: number }>
  | Of<'stable-in-snapshot', { index: number }>
  | Of<'stable-mismatch', { index: number; term: number; unstableTerm: number }>
  | Of<'snapshot-restoring', { log: LogView; index: number; term: number }>;

export type NodeTraceEvent =
  | Of<'membership-changed', { membership: Membership }>
  | Of<'became-follower', { term: number }>
  | Of<'became-candidate', { term: number }>
  | Of<'became-pre-candidate', { term: number }>
  | Of<'became-leader', { term: number }>
  | Of<
      'created',
      {
        voters: readonly NodeId[];
        term: number;
        commit: number;
        applied: number;
        last: LogPosition;
      }
    >
  | Of<'election-started', { term: number }>
  | Of<
      'campaign-refused',
      { why: 'leader' | 'unpromotable' | 'unapplied-change' | 'veto'; term: number }
    >
  | Of<'vote-requested', { last: LogPosition; type: MessageType; to: NodeId; term: number }>
  | Of<'vote-received', { type: MessageType; from: NodeId; granted: boolean; term: number }>
  | Of<'votes-counted', { type: MessageType; granted: number; rejected: number }>
  | Of<'vote-cast', Ballot>
  | Of<'vote-rejected', Ballot>
  | Of<'vote-ignored', Ballot & { remainingTicks: number }>
  | Of<'higher-term', { term: number; type: MessageType; from: NodeId; messageTerm: number }>
  | Of<'lower-term', { term: number; type: MessageType; from: NodeId; messageTerm: number }>
  | Of<'lower-term-append', { term: number; type: MessageType; messageTerm: number }>
  | Of<'append-rejected', { ourTerm: number; at: LogPosition; from: NodeId }>
  | Of<'append-rejection', { hint: LogPosition; from: NodeId; index: number }>
  | Of<'progress-decreased', { peer: NodeId; progress: ProgressView }>
  | Of<
      'snapshot-sent',
      {
        firstIndex: number;
        commit: number;
        snapshot: LogPosition;
        peer: NodeId;
        progress: ProgressView;
      }
    >
  | Of<'replication-paused', { peer: NodeId; progress: ProgressView }>
  | Of<'snapshot-recovered', { peer: NodeId; progress: ProgressView }>
  | Of<'snapshot-reported', { peer: NodeId; failed: boolean; progress: ProgressView }>
  | Of<'peer-unreachable', { peer: NodeId; progress: ProgressView }>
  | Of<'snapshot-restored', { commit: number; last: LogPosition; index: number; term: number }>
  | Of<'snapshot-accepted', { commit: number; index: number; term: number }>
  | Of<'snapshot-ignored', { commit: number; index: number; term: number }>
  | Of<'snapshot-fast-forward', { commit: number; index: number; term: number }>
  | Of<'snapshot-not-member', { confState: Snapshot['confState'] }>
  | Of<'leader-forgotten', { leader: NodeId; term: number }>
  | Of<'forget-refused'>
  | Of<'leaving-joint', { membership: Membership }>
  | Of<
      'conf-change-ignored',
      { change: ConfChange; membership: Membership; refusal: ConfChangeRefusal }
    >
  | Of<'quorum-lost'>
  | Of<'proposal-dropped', { why: 'no-leader' | 'transfer' | 'removed' | 'size'; term: number }>
  | Of<'transfer-started', { term: number; to: NodeId }>
  | Of<'timeout-now-sent', { to: NodeId; immediately: boolean }>
  | Of<'timeout-now-received', { term: number; from: NodeId }>;

export type TraceEvent = LogTraceEvent | (NodeTraceEvent & { readonly node: NodeId });
export type TraceSink = (event: TraceEvent) => void;
