/** What a leader sends: entries, heartbeats, snapshots. */
import { invariant } from './errors.ts';
import { majorityCommitted } from './quorum.ts';
import { type RaftCore, viewProgress } from './raft-core.ts';
import type { PendingRead } from './read-index.ts';
import { message, NONE, type NodeId, payloadSize } from './types.ts';

/**
 * Sends what the peer is missing; returns whether anything was sent. With `sendIfEmpty` an append without entries
 * is sent too: it carries the commit index, or probes.
 */
export function maybeSendAppend(core: RaftCore, to: NodeId, sendIfEmpty: boolean): boolean {
  const progress = core.tracker.progress.get(to);
  if (progress === undefined || progress.isPaused) return false;
  const previous = progress.next - 1;
  const logTerm = core.log.term(previous);
  if (logTerm === undefined) return maybeSendSnapshot(core, to);
  // A full window still lets an empty append through: its answer frees the window when all was lost.
  const windowOpen = progress.state !== 'replicate' || !progress.inflights.full;
  const entries = windowOpen ? core.log.entriesFrom(progress.next, core.config.maxAppendBytes) : [];
  if (entries?.length === 0 && !sendIfEmpty) return false;
  if (entries === null) return maybeSendSnapshot(core, to);
  const commit = core.log.committed;
  core.send({ type: 'append', to, index: previous, logTerm, entries, commit });
  progress.sentEntries(entries.length, payloadSize(entries));
  progress.sentCommit = commit;
  return true;
}

function maybeSendSnapshot(core: RaftCore, to: NodeId): boolean {
  const peer = core.tracker.progress.get(to);
  // A snapshot is big: none goes to a peer that was not heard from lately.
  if (peer === undefined || !peer.recentActive) return false;
  const snapshot = core.log.snapshot();
  if (snapshot === null) return false;
  invariant(snapshot.index > 0, 'a snapshot is needed but there is none');
  const { index, term } = snapshot;
  core.trace({
    kind: 'snapshot-sent',
    firstIndex: core.log.firstIndex(),
    commit: core.log.committed,
    snapshot: { index, term },
    peer: to,
    progress: viewProgress(peer),
  });
  peer.becomeSnapshot(index);
  core.trace({ kind: 'replication-paused', peer: to, progress: viewProgress(peer) });
  core.send({ type: 'snapshot', to, snapshot });
  return true;
}

export function broadcastAppend(core: RaftCore): void {
  for (const id of core.tracker.progress.keys()) {
    if (id !== core.id) maybeSendAppend(core, id, true);
  }
}

/** New entries are in the leader's log: eager sends them, batched leaves them to the next flush. */
export function entriesAppended(core: RaftCore): void {
  if (core.config.sendPolicy === 'eager') broadcastAppend(core);
  else core.appendsDue = true;
}

/** The commit index moved: every follower is to hear of it. */
export function commitMoved(core: RaftCore): void {
  if (core.config.sendPolicy === 'eager') broadcastAppend(core);
  else core.commitDue = true;
}

/** Batched sending: one append a peer for all that happened since the last flush. */
export function flushAppends(core: RaftCore): void {
  if (!core.appendsDue && !core.commitDue) return;
  const commitDue = core.commitDue;
  core.appendsDue = false;
  core.commitDue = false;
  if (core.role !== 'leader') return;
  for (const [id, progress] of core.tracker.progress) {
    if (id === core.id) continue;
    let sent = false;
    while (maybeSendAppend(core, id, false)) sent = true;
    if (!sent && commitDue && progress.canBumpCommit(core.log.committed)) {
      maybeSendAppend(core, id, true);
    }
  }
}

export function broadcastHeartbeat(core: RaftCore): void {
  const readId = core.reads.position;
  core.reads.asked(readId);
  for (const [id, progress] of core.tracker.progress) {
    if (id === core.id) continue;
    // Never past what the follower is known to have: its tail may be another leader's.
    const past = core.hasBug('commit-past-verified');
    const commit = past ? core.log.committed : Math.min(progress.match, core.log.committed);
    core.send({ type: 'heartbeat', to: id, commit, readId });
    progress.sentCommit = Math.max(progress.sentCommit, commit);
  }
}

function quorumIndex(core: RaftCore): number {
  const early = core.hasBug('leader-counts-unpersisted');
  const acked = (id: NodeId): number | undefined =>
    early && id === core.id ? core.log.lastIndex() : core.tracker.progress.get(id)?.match;
  if (core.hasBug('joint-counts-one-half')) {
    return majorityCommitted(core.tracker.membership.incoming, acked);
  }
  return core.tracker.committed(acked);
}

/** Moves the commit index to what a quorum has, if that is an entry of this term (Raft §5.4.2). */
export function maybeCommit(core: RaftCore): boolean {
  const index = quorumIndex(core);
  if (index <= core.log.committed || !Number.isFinite(index)) return false;
  if (core.log.term(index) !== core.term && !core.hasBug('commit-previous-term-by-count')) {
    return false;
  }
  core.log.commitTo(index);
  return true;
}

export function sendTimeoutNow(core: RaftCore, to: NodeId): void {
  core.send({ type: 'timeout-now', to });
}

/** Answers a confirmed read: to the application here, or to the node that asked. */
export function answerRead(core: RaftCore, read: PendingRead): void {
  if (read.from === NONE || read.from === core.id) {
    core.readStates.push({ index: read.index, readId: read.readId });
  } else {
    core.send(
      message({
        type: 'read-index-response',
        to: read.from,
        index: read.index,
        readId: read.readId,
      }),
    );
  }
}

/** Queues a read and starts a confirmation round, unless one is under way that a later one will follow. */
export function startRead(core: RaftCore, readId: number, from: NodeId): void {
  const read: PendingRead = { readId, from, index: core.log.committed };
  const alone = core.tracker.isOnlyVoter(core.id) || core.hasBug('read-without-quorum');
  if (alone || core.config.readOnly === 'lease') {
    answerRead(core, read);
  } else if (core.reads.add(read)) {
    broadcastHeartbeat(core);
  }
}
