/** The door for every event: ticks, messages, finished storage work. Terms are settled here, roles below. */
import { enterJoint, leaveJoint, simpleChange } from './changer.ts';
import {
  type ConfChange,
  encodeConfChange,
  entersJoint,
  isLeaveJoint,
  LEAVE_JOINT,
} from './conf-change.ts';
import { answerVote, hup } from './election.ts';
import { ProposalDroppedError } from './errors.ts';
import { stepCandidate, stepFollower } from './follower.ts';
import { handOverIfRemoved, propose, stepLeader } from './leader.ts';
import { toConfState } from './membership.ts';
import type { RaftCore } from './raft-core.ts';
import { broadcastAppend, maybeCommit, maybeSendAppend } from './replication.ts';
import {
  type ConfState,
  entriesSize,
  type Message,
  type MessageType,
  message,
  NONE,
  payloadSize,
} from './types.ts';

/** True when the message must not be looked at further. */
function refusedByLease(core: RaftCore, received: Message): boolean {
  const { type, from } = received;
  if ((type !== 'vote' && type !== 'pre-vote') || received.transfer) return false;
  const { electionTicks, checkQuorum } = core.config;
  const inLease = checkQuorum && core.lead !== NONE && core.electionElapsed < electionTicks;
  if (!inLease) return false;
  core.trace({
    kind: 'vote-ignored',
    last: core.log.last(),
    vote: core.vote,
    type,
    from,
    candidate: { index: received.index, term: received.logTerm },
    term: core.term,
    remainingTicks: electionTicks - core.electionElapsed,
  });
  return true;
}

function adoptTerm(core: RaftCore, received: Message): void {
  const { type, from, term } = received;
  // A pre-vote, and a granted answer to one, carry a term that nobody has entered yet.
  if (type === 'pre-vote' || (type === 'pre-vote-response' && !received.reject)) return;
  core.trace({ kind: 'higher-term', term: core.term, type, from, messageTerm: term });
  const fromLeader = type === 'append' || type === 'heartbeat' || type === 'snapshot';
  core.becomeFollower(term, fromLeader ? from : NONE);
}

function answerLowerTerm(core: RaftCore, received: Message): void {
  const { type, from, term } = received;
  const { checkQuorum, preVote } = core.config;
  if ((checkQuorum || preVote) && (type === 'heartbeat' || type === 'append')) {
    // A leader of an old term would never hear of the new one otherwise: this node's votes are not
    // answered within its lease, and pre-votes do not raise its term.
    core.send({ type: 'append-response', to: from });
  } else if (type === 'pre-vote') {
    core.trace({
      kind: 'vote-rejected',
      last: core.log.last(),
      vote: core.vote,
      type,
      from,
      candidate: { index: received.index, term: received.logTerm },
      term: core.term,
    });
    // The rejection spreads the higher term, or a long log at an old term and a short one at a new term
    // would refuse each other for ever.
    core.send({ type: 'pre-vote-response', to: from, term: core.term, reject: true });
  } else if (type === 'storage-append-response') {
    // The entries may have been replaced since; a snapshot never is.
    if (received.index !== 0) {
      core.trace({ kind: 'lower-term-append', term: core.term, type, messageTerm: term });
    }
    if (core.hasBug('late-acknowledgement-of-replaced-entries')) storageAppended(core, received);
    else if (received.snapshot !== null) snapshotPersisted(core, received.snapshot.index);
  } else {
    core.trace({ kind: 'lower-term', term: core.term, type, from, messageTerm: term });
  }
}

function snapshotPersisted(core: RaftCore, index: number): void {
  core.log.unstable.stableSnapshotTo(index);
  appliedTo(core, index, 0);
}

/** The state machine applied everything up to `index`. */
function appliedTo(core: RaftCore, index: number, bytes: number): void {
  const applied = Math.max(index, core.log.applied);
  core.log.appliedTo(applied, bytes);
  const { membership } = core.tracker;
  if (core.hasBug('joint-never-left')) return;
  if (!membership.autoLeave || applied < core.pendingConfIndex || core.role !== 'leader') return;
  const leave = { type: 'conf-change-v2', data: encodeConfChange(LEAVE_JOINT) } as const;
  try {
    propose(core, [leave]);
    core.trace({ kind: 'leaving-joint', membership });
  } catch (error) {
    // Dropped during a transfer: the next applied entry, or the next leader, tries again.
    if (!(error instanceof ProposalDroppedError)) throw error;
  }
}

function storageAppended(core: RaftCore, done: Message): void {
  const { index, logTerm, snapshot } = done;
  const late = core.hasBug('late-acknowledgement-of-replaced-entries');
  const term = late ? (core.log.unstable.term(index) ?? logTerm) : logTerm;
  if (index !== 0) core.log.unstable.stableTo({ index, term });
  if (snapshot !== null) snapshotPersisted(core, snapshot.index);
}

function storageApplied(core: RaftCore, { entries }: Message): void {
  const last = entries.at(-1);
  if (last === undefined) return;
  appliedTo(core, last.index, entriesSize(entries));
  core.uncommittedBytes = Math.max(0, core.uncommittedBytes - payloadSize(entries));
}

/** What is done alike in every role. */
const ANY_ROLE: Partial<Record<MessageType, (core: RaftCore, received: Message) => void>> = {
  hup: (core) => hup(core, core.config.preVote ? 'pre-election' : 'election'),
  'storage-append-response': storageAppended,
  'storage-apply-response': storageApplied,
  vote: answerVote,
  'pre-vote': answerVote,
};

/** Takes one message. Throws ProposalDroppedError for a proposal that cannot be taken. */
export function step(core: RaftCore, received: Message): void {
  if (received.term > core.term) {
    if (refusedByLease(core, received)) return;
    adoptTerm(core, received);
  } else if (received.term !== 0 && received.term < core.term) {
    answerLowerTerm(core, received);
    return;
  }
  const handler = ANY_ROLE[received.type];
  if (handler !== undefined) handler(core, received);
  else if (core.role === 'leader') stepLeader(core, received);
  else if (core.role === 'follower') stepFollower(core, received);
  else stepCandidate(core, received);
}

/** One tick of the clock. */
export function tick(core: RaftCore): void {
  core.electionElapsed += 1;
  if (core.role !== 'leader') {
    if (core.promotable && core.pastElectionTimeout) {
      core.electionElapsed = 0;
      step(core, message({ type: 'hup', from: core.id }));
    }
    return;
  }
  core.heartbeatElapsed += 1;
  if (core.electionElapsed >= core.config.electionTicks) {
    core.electionElapsed = 0;
    if (core.config.checkQuorum) step(core, message({ type: 'check-quorum', from: core.id }));
    // The transferee had its time.
    core.leadTransferee = NONE;
  }
  handOverIfRemoved(core);
  // The quorum check may have deposed this leader.
  if ((core.role as string) === 'leader' && core.heartbeatElapsed >= core.config.heartbeatTicks) {
    core.heartbeatElapsed = 0;
    step(core, message({ type: 'beat', from: core.id }));
  }
}

/** Puts an applied membership change in force. Throws ConfChangeError. */
export function applyConfChange(core: RaftCore, change: ConfChange): ConfState {
  const { membership, progress } = core.tracker;
  const input = { membership, progress, ...core.changerStart() };
  const joint = entersJoint(change);
  const next = isLeaveJoint(change)
    ? leaveJoint(input)
    : joint !== null
      ? enterJoint(input, change.changes, joint.autoLeave)
      : simpleChange(input, change.changes);
  core.installMembership(next.membership, next.progress);
  afterMembershipChange(core);
  return toConfState(core.tracker.membership);
}

function afterMembershipChange(core: RaftCore): void {
  if (core.role !== 'leader') return;
  const member = core.tracker.progress.has(core.id);
  if (!member || core.isLearner) {
    // Without that option a removed leader goes on until another is elected: it still replicates. It hands over at
    // its next tick: until then the others learn that the change is committed, and so do those who proposed it.
    if (core.config.stepDownOnRemoval) core.becomeFollower(core.term, NONE);
    return;
  }
  if (core.tracker.membership.incoming.size === 0) return;
  // A smaller quorum may have committed more already.
  if (maybeCommit(core)) {
    broadcastAppend(core);
  } else {
    for (const id of core.tracker.progress.keys()) {
      if (id !== core.id) maybeSendAppend(core, id, false);
    }
  }
  if (core.leadTransferee !== NONE && !core.tracker.voterIds.includes(core.leadTransferee)) {
    core.leadTransferee = NONE;
  }
}
