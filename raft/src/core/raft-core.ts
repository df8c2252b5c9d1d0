/**
 * The state of one node and the transitions between roles. The rules for messages are in `election.ts`,
 * `leader.ts`, `follower.ts` and `step.ts`; this file holds what they share and never waits for anything.
 */
import { restoreMembership } from './changer.ts';
import { type ConfChange, confChangeOf, entersJoint, isLeaveJoint } from './conf-change.ts';
import type { CoreConfig } from './config.ts';
import { invariant } from './errors.ts';
import { type Membership, type ProgressMap, Tracker } from './membership.ts';
import type { Progress } from './progress.ts';
import { RaftLog } from './raft-log.ts';
import { type PendingRead, ReadQueue } from './read-index.ts';
import type { NodeTraceEvent, ProgressView, TraceEvent } from './trace.ts';
import {
  type Entry,
  type EntryDraft,
  type HardState,
  isEmptyHardState,
  type Message,
  message,
  NONE,
  type NodeId,
  payloadSize,
  type ReadState,
  type Role,
} from './types.ts';

export type ResolvedCoreConfig = Required<Omit<CoreConfig, 'trace' | 'plantedBug'>> &
  Pick<CoreConfig, 'trace' | 'plantedBug'>;

export function resolveCoreConfig(config: CoreConfig): ResolvedCoreConfig {
  return {
    applied: 0,
    preVote: false,
    checkQuorum: false,
    readOnly: 'safe',
    asyncStorageWrites: false,
    maxAppendBytes: Number.POSITIVE_INFINITY,
    maxInflight: Number.POSITIVE_INFINITY,
    maxInflightBytes: 0,
    maxUncommittedBytes: Number.POSITIVE_INFINITY,
    maxApplyingBytes: Number.POSITIVE_INFINITY,
    disableConfChangeValidation: false,
    disableProposalForwarding: false,
    stepDownOnRemoval: false,
    handOverOnRemoval: false,
    electionDelayTicks: 0,
    sendPolicy: 'eager',
    ...config,
  };
}

const AFTER_PERSIST: ReadonlySet<Message['type']> = new Set<Message['type']>([
  'append-response',
  'vote-response',
  'pre-vote-response',
]);
const CARRIES_OWN_TERM: ReadonlySet<Message['type']> = new Set<Message['type']>([
  'vote',
  'vote-response',
  'pre-vote',
  'pre-vote-response',
]);

export class RaftCore {
  readonly id: NodeId;
  readonly config: ResolvedCoreConfig;
  readonly log: RaftLog;
  readonly tracker: Tracker;
  term = 0;
  vote: NodeId = NONE;
  lead: NodeId = NONE;
  role: Role = 'follower';
  isLearner = false;
  leadTransferee: NodeId = NONE;
  /** Index of the last membership change in the log: no other may be proposed before it is applied. */
  pendingConfIndex = 0;
  /** Index of a change in the log that takes this leader's vote away; 0 = none. */
  removalIndex = 0;
  /** Why the application does not want this node to stand for election; null: it may. */
  campaignVeto: string | null = null;
  /** Voters without data: they count in every quorum and never lead. */
  witnesses: ReadonlySet<NodeId> = new Set();
  uncommittedBytes = 0;
  electionElapsed = 0;
  heartbeatElapsed = 0;
  electionTimeout = 0;
  /** Messages free to leave now. */
  messages: Message[] = [];
  /** Messages that may leave only once everything before them is durable. */
  messagesAfterPersist: Message[] = [];
  readStates: ReadState[] = [];
  readonly reads = new ReadQueue();
  /** Reads that wait for the leader's first committed entry of its own term (Raft §8). */
  readsBeforeFirstCommit: PendingRead[] = [];
  /** Batched sending: appends are due at the next flush. */
  appendsDue = false;
  commitDue = false;

  constructor(config: CoreConfig) {
    this.id = config.id;
    this.config = resolveCoreConfig(config);
    const sink = config.trace;
    const trace = sink ?? (() => undefined);
    this.log = new RaftLog(config.storage, this.config.maxApplyingBytes, trace);
    this.tracker = new Tracker(this.config.maxInflight, this.config.maxInflightBytes);
    const { hardState, confState } = config.storage.initialState();
    const restored = restoreMembership(confState, this.changerStart());
    this.installMembership(restored.membership, restored.progress);
    if (!isEmptyHardState(hardState)) this.#load(hardState);
    if (this.config.applied > 0) this.log.appliedTo(this.config.applied, 0);
    this.becomeFollower(this.term, NONE);
    this.trace({
      kind: 'created',
      voters: this.tracker.voterIds,
      term: this.term,
      commit: this.log.committed,
      applied: this.log.applied,
      last: this.log.last(),
    });
  }

  #load(state: HardState): void {
    invariant(
      state.commit >= this.log.committed && state.commit <= this.log.lastIndex(),
      `the stored commit index ${state.commit} is outside the stored log`,
    );
    this.log.committed = state.commit;
    this.term = state.term;
    this.vote = state.vote;
  }

  trace(event: NodeTraceEvent): void {
    this.config.trace?.({ ...event, node: this.id } as TraceEvent);
  }

  hasBug(bug: NonNullable<CoreConfig['plantedBug']>): boolean {
    return this.config.plantedBug === bug;
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  changerStart(): { readonly lastIndex: number; readonly newInflights: Tracker['newInflights'] } {
    return {
      lastIndex: this.log.lastIndex(),
      newInflights: () => this.tracker.newInflights(),
    };
  }

  installMembership(membership: Membership, progress: ProgressMap): void {
    this.tracker.install(membership, progress);
    this.isLearner = this.tracker.progress.get(this.id)?.isLearner ?? false;
    this.trace({ kind: 'membership-changed', membership });
  }

  /** Queues a message. Votes carry the term they are about, all others the sender's. */
  send(fields: Parameters<typeof message>[0]): void {
    const out = message(fields);
    if (out.from === NONE) out.from = this.id;
    if (CARRIES_OWN_TERM.has(out.type)) {
      invariant(out.term !== 0, `a ${out.type} message needs a term`);
    } else if (out.type !== 'propose' && out.type !== 'read-index') {
      out.term = this.term;
    }
    const wait = AFTER_PERSIST.has(out.type) && !this.hasBug('acknowledge-before-persist');
    if (wait || out.to === this.id) this.messagesAfterPersist.push(out);
    else this.messages.push(out);
  }

  #reset(term: number): void {
    if (this.term !== term) {
      this.term = term;
      this.vote = NONE;
    } else if (this.hasBug('vote-cleared-on-step-down')) {
      this.vote = NONE;
    }
    this.lead = NONE;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    this.electionTimeout =
      this.config.electionTicks +
      this.config.random(this.config.electionTicks) +
      this.config.electionDelayTicks;
    this.leadTransferee = NONE;
    this.tracker.votes = new Map();
    this.tracker.resetProgress(this.id, this.log.lastIndex());
    this.pendingConfIndex = 0;
    this.removalIndex = 0;
    this.uncommittedBytes = 0;
    this.reads.clear();
    this.readsBeforeFirstCommit = [];
    this.appendsDue = false;
    this.commitDue = false;
  }

  becomeFollower(term: number, lead: NodeId): void {
    this.#reset(term);
    this.lead = lead;
    this.role = 'follower';
    this.trace({ kind: 'became-follower', term });
  }

  becomeCandidate(): void {
    invariant(this.role !== 'leader', 'a leader cannot become a candidate');
    this.#reset(this.term + 1);
    this.vote = this.id;
    this.role = 'candidate';
    this.trace({ kind: 'became-candidate', term: this.term });
  }

  /** Changes neither term nor vote: a pre-vote must leave no trace (Raft thesis §9.6). */
  becomePreCandidate(): void {
    invariant(this.role !== 'leader', 'a leader cannot become a pre-candidate');
    if (this.hasBug('pre-vote-erases-vote')) this.vote = NONE;
    this.role = 'pre-candidate';
    this.lead = NONE;
    this.tracker.votes = new Map();
    this.trace({ kind: 'became-pre-candidate', term: this.term });
  }

  becomeLeader(): void {
    invariant(this.role !== 'follower', 'a follower cannot become leader without an election');
    this.#reset(this.term);
    this.lead = this.id;
    this.role = 'leader';
    const own = this.tracker.progress.get(this.id);
    invariant(own !== undefined, 'the leader is no member');
    own.becomeReplicate();
    own.recentActive = true;
    // Unknown membership changes may be in the tail: none is proposed until all of it is applied.
    this.pendingConfIndex = this.hasBug('change-without-own-term') ? 0 : this.log.lastIndex();
    this.#findRemoval();
    this.appendEntries([{ type: 'normal', data: new Uint8Array(0) }]);
    this.trace({ kind: 'became-leader', term: this.term });
  }

  /** Whether the change, applied to the membership in force, takes this node's vote away. */
  takesOwnVote(change: ConfChange): boolean {
    if (isLeaveJoint(change)) return !this.tracker.membership.incoming.has(this.id);
    if (entersJoint(change) !== null) return false; // both halves vote until it is left
    const own = change.changes.findLast(({ id }) => id === this.id);
    return own?.op === 'remove' || own?.op === 'add-learner';
  }

  /** An earlier leader may have put this node's removal into the log. */
  #findRemoval(): void {
    if (!this.config.handOverOnRemoval) return;
    const { applied } = this.log;
    const tail = this.log.slice(applied + 1, this.log.lastIndex() + 1, Number.POSITIVE_INFINITY);
    for (const entry of tail ?? []) {
      const change = confChangeOf(entry);
      if (change !== null && this.takesOwnVote(change)) this.removalIndex = entry.index;
    }
  }

  /** Appends to the leader's own log; false when too much is uncommitted already. */
  appendEntries(drafts: readonly EntryDraft[]): boolean {
    const size = payloadSize(drafts);
    const over = this.uncommittedBytes + size > this.config.maxUncommittedBytes;
    // An empty queue takes one proposal of any size, and empty entries pass always: they end a term's
    // silence or a joint configuration.
    if (this.uncommittedBytes > 0 && size > 0 && over) return false;
    this.uncommittedBytes += size;
    const first = this.log.lastIndex() + 1;
    const entries = drafts.map(
      (draft, i): Entry => ({
        index: first + i,
        term: this.term,
        type: draft.type,
        data: draft.data,
      }),
    );
    const last = this.log.append(entries);
    this.send({ type: 'append-response', to: this.id, index: last });
    return true;
  }

  /** True when this node may stand for election. */
  get promotable(): boolean {
    const own = this.tracker.progress.get(this.id);
    if (own === undefined || this.witnesses.has(this.id)) return false;
    return !own.isLearner && this.log.unstable.snapshot === null;
  }

  get pastElectionTimeout(): boolean {
    return this.electionElapsed >= this.electionTimeout;
  }

  committedInCurrentTerm(): boolean {
    return this.log.term(this.log.committed) === this.term;
  }
}

export function viewProgress(progress: Progress): ProgressView {
  return {
    state: progress.state,
    match: progress.match,
    next: progress.next,
    isLearner: progress.isLearner,
    paused: progress.isPaused,
    pendingSnapshot: progress.pendingSnapshot,
    recentActive: progress.recentActive,
    inflight: progress.inflights.count,
    full: progress.inflights.full,
  };
}
