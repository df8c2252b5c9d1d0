/** The core's configuration: plain numbers of ticks, bytes and messages. */

import type { Storage } from './storage.ts';
import type { TraceSink } from './trace.ts';
import type { NodeId } from './types.ts';

export interface CoreConfig {
  readonly id: NodeId;
  readonly storage: Storage;
  /** Draws an integer 0 ≤ n < bound: the spread of election timeouts. */
  readonly random: (bound: number) => number;
  /** Ticks without a leader until an election; the timeout is drawn from [n, 2n). */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** Highest index that the application has already applied. @default 0 */
  readonly applied?: number;
  /** Ask before disturbing a term (Raft thesis §9.6). @default false */
  readonly preVote?: boolean;
  /** Leaders without a quorum step down; voters with a live leader refuse votes. @default false */
  readonly checkQuorum?: boolean;
  /** `lease` trusts `electionTicks` of every clock. @default 'safe' */
  readonly readOnly?: 'safe' | 'lease';
  /** Storage and state machine work is handed out as messages. @default false */
  readonly asyncStorageWrites?: boolean;
  /** Bytes of entries in one append. @default unlimited */
  readonly maxAppendBytes?: number;
  /** Appends in flight to one follower. @default unlimited */
  readonly maxInflight?: number;
  /** Bytes in flight to one follower; 0 = unlimited. @default 0 */
  readonly maxInflightBytes?: number;
  /** Bytes of proposals not yet applied; more are dropped. @default unlimited */
  readonly maxUncommittedBytes?: number;
  /** Bytes of committed entries handed out and not yet applied. @default unlimited */
  readonly maxApplyingBytes?: number;
  readonly disableConfChangeValidation?: boolean;
  readonly disableProposalForwarding?: boolean;
  /** A leader that is removed, or made a learner, becomes a follower at once. @default false */
  readonly stepDownOnRemoval?: boolean;
  /**
   * A leader that a change removes takes no proposals behind that change, and hands leadership over once it is in
   * force. A change counts from when it is applied here, so without this the others may not know of it yet, need the
   * removed leader's vote, and never get it for its longer log. @default false
   */
  readonly handOverOnRemoval?: boolean;
  /** Ticks added to every election timeout of this node: it stands only if no better one did. @default 0 */
  readonly electionDelayTicks?: number;
  /**
   * `eager` sends on every event, as etcd's raft does; `batched` gathers what happened until the next `ready`
   * and carries the commit index along: about half the messages under load. @default 'eager'
   */
  readonly sendPolicy?: 'eager' | 'batched';
  readonly trace?: TraceSink;
  /** Test only: plants a known bug, for proving that the simulator finds it. */
  readonly plantedBug?: PlantedBug;
}

/** Historical Raft bugs that the simulator must be able to find. Never set outside tests. */
export const PLANTED_BUGS = [
  'vote-not-persisted',
  'commit-previous-term-by-count',
  'truncate-on-stale-append',
  'commit-past-verified',
  'vote-cleared-on-step-down',
  'change-without-own-term',
  'vote-ignores-log',
  'acknowledge-before-persist',
  'change-before-durable-commit',
  'read-without-quorum',
  'read-before-own-commit',
  'pre-vote-erases-vote',
  'pre-vote-counts-as-vote',
  'campaign-with-unapplied-change',
  'leader-counts-unpersisted',
  'joint-counts-one-half',
  'joint-never-left',
  'late-acknowledgement-of-replaced-entries',
  'snapshot-keeps-old-membership',
  'truncation-forgotten-on-disk',
  'snapshot-forgotten-on-loss',
  'window-never-freed',
  'previous-term-unchecked',
] as const;
export type PlantedBug = (typeof PLANTED_BUGS)[number];
