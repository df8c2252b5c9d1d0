/** Messages to a leader. */
import { confChangeOf } from './conf-change.ts';
import { ProposalDroppedError } from './errors.ts';
import { isJoint } from './membership.ts';
import type { Progress } from './progress.ts';
import { type RaftCore, viewProgress } from './raft-core.ts';
import {
  answerRead,
  broadcastHeartbeat,
  commitMoved,
  entriesAppended,
  maybeCommit,
  maybeSendAppend,
  sendTimeoutNow,
  startRead,
} from './replication.ts';
import type { ConfChangeRefusal } from './trace.ts';
import { EMPTY_BYTES, type EntryDraft, type Message, type MessageType, NONE } from './types.ts';

function checkQuorum(core: RaftCore): void {
  if (!core.tracker.quorumActive()) {
    core.trace({ kind: 'quorum-lost' });
    core.becomeFollower(core.term, NONE);
  }
  for (const [id, progress] of core.tracker.progress) {
    if (id !== core.id) progress.recentActive = false;
  }
}

function refusalOf(core: RaftCore, leaves: boolean): ConfChangeRefusal | null {
  const { applied } = core.log;
  const joint = isJoint(core.tracker.membership);
  if (core.pendingConfIndex > applied) {
    return { why: 'unapplied', pending: core.pendingConfIndex, applied };
  }
  if (joint && !leaves) return { why: 'joint' };
  return !joint && leaves ? { why: 'not-joint' } : null;
}

/** A membership change that is not allowed now becomes an empty entry: its proposer sees no effect. */
function checkDraft(core: RaftCore, draft: EntryDraft, index: number): EntryDraft {
  const change = confChangeOf(draft);
  if (change === null) return draft;
  const refusal = refusalOf(core, change.changes.length === 0);
  if (refusal !== null && !core.config.disableConfChangeValidation) {
    const { membership } = core.tracker;
    core.trace({ kind: 'conf-change-ignored', change, membership, refusal });
    return { type: 'normal', data: EMPTY_BYTES };
  }
  core.pendingConfIndex = index;
  if (core.takesOwnVote(change)) core.removalIndex = index;
  return draft;
}

/** A leader without a vote leads only until another can (see `handOverOnRemoval`). */
export function handOverIfRemoved(core: RaftCore): void {
  const { voterIds, progress } = core.tracker;
  if (!core.config.handOverOnRemoval || core.role !== 'leader') return;
  if (core.leadTransferee !== NONE || voterIds.includes(core.id)) return;
  const [best] = voterIds
    .filter((id) => !core.witnesses.has(id))
    .map((id) => ({ id, match: progress.get(id)?.match ?? 0 }))
    .sort((a, b) => b.match - a.match);
  const to = best === undefined ? undefined : progress.get(best.id);
  if (best !== undefined && to !== undefined) handleTransfer(core, to, best.id);
}

/** Appends the proposals to the log. Throws ProposalDroppedError. */
export function propose(core: RaftCore, drafts: readonly EntryDraft[]): void {
  const removed =
    !core.tracker.progress.has(core.id) ||
    (core.config.handOverOnRemoval && (core.isLearner || core.removalIndex > core.log.applied));
  const why = removed ? 'removed' : core.leadTransferee !== NONE ? 'transfer' : null;
  if (why !== null) {
    core.trace({ kind: 'proposal-dropped', why, term: core.term });
    throw new ProposalDroppedError();
  }
  const first = core.log.lastIndex() + 1;
  const checked = drafts.map((draft, i) => checkDraft(core, draft, first + i));
  if (!core.appendEntries(checked)) {
    core.trace({ kind: 'proposal-dropped', why: 'size', term: core.term });
    throw new ProposalDroppedError();
  }
  entriesAppended(core);
}

function handleRejection(core: RaftCore, progress: Progress, answer: Message): void {
  const { from, index, rejectHint, logTerm } = answer;
  core.trace({
    kind: 'append-rejection',
    hint: { index: rejectHint, term: logTerm },
    from,
    index,
  });
  // Skip our own entries of terms past the follower's, as it skipped those past ours.
  const probe = logTerm > 0 ? core.log.findConflictByTerm(rejectHint, logTerm).index : rejectHint;
  if (!progress.maybeDecrease(index, probe)) return;
  core.trace({ kind: 'progress-decreased', peer: from, progress: viewProgress(progress) });
  if (progress.state === 'replicate') progress.becomeProbe();
  maybeSendAppend(core, from, true);
}

function advanceState(core: RaftCore, progress: Progress, answer: Message): void {
  if (progress.state === 'probe') {
    progress.becomeReplicate();
  } else if (progress.state === 'replicate') {
    if (!core.hasBug('window-never-freed')) progress.inflights.freeTo(answer.index);
  } else if (progress.match + 1 >= core.log.firstIndex()) {
    // The log reaches the follower again, by whatever way it came so far.
    core.trace({ kind: 'snapshot-recovered', peer: answer.from, progress: viewProgress(progress) });
    progress.becomeProbe();
    progress.becomeReplicate();
  }
}

function releaseFirstReads(core: RaftCore): void {
  if (core.readsBeforeFirstCommit.length === 0 || !core.committedInCurrentTerm()) return;
  const waiting = core.readsBeforeFirstCommit;
  core.readsBeforeFirstCommit = [];
  for (const read of waiting) startRead(core, read.readId, read.from);
}

function handleAcknowledgement(core: RaftCore, progress: Progress, answer: Message): void {
  const { from, index } = answer;
  const news = progress.maybeUpdate(index);
  if (!news && !(progress.match === index && progress.state === 'probe')) return;
  advanceState(core, progress, answer);
  if (maybeCommit(core)) {
    releaseFirstReads(core);
    commitMoved(core);
  } else if (from !== core.id && progress.canBumpCommit(core.log.committed)) {
    if (core.config.sendPolicy === 'eager') maybeSendAppend(core, from, true);
    else core.commitDue = true;
  }
  if (from !== core.id) {
    if (core.config.sendPolicy === 'eager') {
      while (maybeSendAppend(core, from, false));
    } else {
      core.appendsDue = true;
    }
  }
  if (from === core.leadTransferee && progress.match === core.log.lastIndex()) {
    core.trace({ kind: 'timeout-now-sent', to: from, immediately: false });
    sendTimeoutNow(core, from);
  }
}

function handleHeartbeatResponse(core: RaftCore, progress: Progress, answer: Message): void {
  progress.recentActive = true;
  progress.paused = false;
  // Also when the window is full, and to a peer that is probed: the answer to an empty append mends both.
  if (progress.match < core.log.lastIndex() || progress.state === 'probe') {
    maybeSendAppend(core, answer.from, true);
  }
  if (answer.readId === 0) return;
  const done = core.reads.acknowledge(answer.from, answer.readId, core.id, core.tracker);
  for (const read of done) answerRead(core, read);
  if (core.reads.needsRound) broadcastHeartbeat(core);
}

function handleTransfer(core: RaftCore, progress: Progress, transferee: number): void {
  if (progress.isLearner || core.witnesses.has(transferee)) return;
  if (core.leadTransferee === transferee) return;
  core.leadTransferee = NONE;
  if (transferee === core.id) return;
  core.trace({ kind: 'transfer-started', term: core.term, to: transferee });
  // The transfer has one election timeout; then the leader goes on.
  core.electionElapsed = 0;
  core.leadTransferee = transferee;
  if (progress.match === core.log.lastIndex()) {
    sendTimeoutNow(core, transferee);
    core.trace({ kind: 'timeout-now-sent', to: transferee, immediately: true });
  } else {
    maybeSendAppend(core, transferee, true);
  }
}

function handleSnapshotStatus(core: RaftCore, progress: Progress, report: Message): void {
  if (progress.state !== 'snapshot' || core.hasBug('snapshot-forgotten-on-loss')) return;
  if (report.reject) progress.pendingSnapshot = 0;
  progress.becomeProbe();
  core.trace({
    kind: 'snapshot-reported',
    peer: report.from,
    failed: report.reject,
    progress: viewProgress(progress),
  });
  // Wait for a sign of life before the next append.
  progress.paused = true;
}

function handleUnreachable(core: RaftCore, progress: Progress, { from: peer }: Message): void {
  // The window in flight is lost, most likely: probe instead of filling it further.
  if (progress.state === 'replicate') progress.becomeProbe();
  core.trace({ kind: 'peer-unreachable', peer, progress: viewProgress(progress) });
}

type PeerHandler = (core: RaftCore, progress: Progress, received: Message) => void;

const FROM_PEER: Partial<Record<MessageType, PeerHandler>> = {
  'append-response': (core, progress, answer) => {
    progress.recentActive = true;
    if (answer.reject) handleRejection(core, progress, answer);
    else handleAcknowledgement(core, progress, answer);
  },
  'heartbeat-response': handleHeartbeatResponse,
  'snapshot-status': handleSnapshotStatus,
  unreachable: handleUnreachable,
  'transfer-leader': (core, progress, { from }) => handleTransfer(core, progress, from),
};

function handleReadIndex(core: RaftCore, { readId, from }: Message): void {
  // Before its first own entry commits, a leader does not know the true commit index; not even one that is the
  // only voter, for its commit index may have been lost in a restart.
  const early = core.hasBug('read-before-own-commit');
  if (core.committedInCurrentTerm() || early) startRead(core, readId, from);
  else core.readsBeforeFirstCommit.push({ readId, from, index: 0 });
}

/** Throws ProposalDroppedError. */
export function stepLeader(core: RaftCore, received: Message): void {
  const { type, from } = received;
  if (type === 'beat') broadcastHeartbeat(core);
  else if (type === 'check-quorum') checkQuorum(core);
  else if (type === 'propose') propose(core, received.entries);
  else if (type === 'read-index') handleReadIndex(core, received);
  else {
    const progress = core.tracker.progress.get(from);
    if (progress !== undefined) FROM_PEER[type]?.(core, progress, received);
  }
}
