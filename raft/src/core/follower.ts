/** Messages to followers and candidates, and what a leader's append, heartbeat or snapshot does. */
import { restoreMembership } from './changer.ts';
import { campaign, hup, poll } from './election.ts';
import { ProposalDroppedError } from './errors.ts';
import type { RaftCore } from './raft-core.ts';
import { broadcastAppend } from './replication.ts';
import { type Message, type MessageType, NONE, type Snapshot } from './types.ts';

function handleAppend(core: RaftCore, append: Message): void {
  const { from: to, index } = append;
  const unchecked = core.hasBug('previous-term-unchecked');
  const logTerm = unchecked ? (core.log.term(index) ?? append.logTerm) : append.logTerm;
  if (index < core.log.committed && !core.hasBug('truncate-on-stale-append')) {
    core.send({ type: 'append-response', to, index: core.log.committed });
    return;
  }
  if (core.hasBug('truncate-on-stale-append')) truncateBehind(core, append);
  const lastNew = core.log.maybeAppend({ index, term: logTerm }, append.entries, append.commit);
  if (lastNew !== undefined) {
    core.send({ type: 'append-response', to, index: lastNew });
    return;
  }
  const ourTerm = core.log.term(index) ?? 0;
  core.trace({ kind: 'append-rejected', ourTerm, at: { index, term: logTerm }, from: to });
  // The hint skips every entry of terms past the leader's: none of them can match.
  const hint = core.log.findConflictByTerm(Math.min(index, core.log.lastIndex()), logTerm);
  core.send({
    type: 'append-response',
    to,
    index,
    reject: true,
    rejectHint: hint.index,
    logTerm: hint.term,
  });
}

/** Planted bug: forgets what is behind the append although nothing conflicts. */
function truncateBehind(core: RaftCore, append: Message): void {
  const end = append.index + append.entries.length;
  const last = append.entries.at(-1);
  if (last === undefined || end <= core.log.committed || core.log.lastIndex() <= end) return;
  if (core.log.matches({ index: append.index, term: append.logTerm })) {
    core.log.append(append.entries.filter((entry) => entry.index > core.log.committed));
  }
}

function handleHeartbeat(core: RaftCore, heartbeat: Message): void {
  const past = core.hasBug('commit-past-verified');
  core.log.commitTo(past ? Math.min(heartbeat.commit, core.log.lastIndex()) : heartbeat.commit);
  core.send({ type: 'heartbeat-response', to: heartbeat.from, readId: heartbeat.readId });
}

function handleSnapshot(core: RaftCore, { from: to, snapshot }: Message): void {
  if (snapshot === null) return;
  const { index, term } = snapshot;
  const restored = restore(core, snapshot);
  const commit = core.log.committed;
  if (restored) {
    core.trace({ kind: 'snapshot-accepted', commit, index, term });
    core.send({ type: 'append-response', to, index: core.log.lastIndex() });
  } else {
    core.trace({ kind: 'snapshot-ignored', commit, index, term });
    core.send({ type: 'append-response', to, index: commit });
  }
}

/** Replaces log and membership by a snapshot's, unless the log already has what it holds. */
function restore(core: RaftCore, snapshot: Snapshot): boolean {
  const { index, term, confState } = snapshot;
  if (index <= core.log.committed) return false;
  if (core.role !== 'follower') {
    // Cannot happen: every path here made this node a follower. Leave with a higher term, to be safe.
    core.becomeFollower(core.term + 1, NONE);
    return false;
  }
  const members = [...confState.voters, ...confState.learners, ...confState.votersOutgoing];
  if (!members.includes(core.id)) {
    core.trace({ kind: 'snapshot-not-member', confState });
    return false;
  }
  if (core.log.matches({ index, term })) {
    const commit = core.log.committed;
    core.trace({ kind: 'snapshot-fast-forward', commit, index, term });
    core.log.commitTo(index);
    return false;
  }
  core.log.restore(snapshot);
  const restored = restoreMembership(confState, core.changerStart());
  if (!core.hasBug('snapshot-keeps-old-membership')) {
    core.installMembership(restored.membership, restored.progress);
  }
  const commit = core.log.committed;
  core.trace({ kind: 'snapshot-restored', commit, last: core.log.last(), index, term });
  return true;
}

/** Append, heartbeat and snapshot: only a leader sends them. */
function handleFromLeader(core: RaftCore, received: Message): void {
  if (received.type === 'append') handleAppend(core, received);
  else if (received.type === 'heartbeat') handleHeartbeat(core, received);
  else handleSnapshot(core, received);
}

function dropProposal(core: RaftCore): never {
  core.trace({ kind: 'proposal-dropped', why: 'no-leader', term: core.term });
  throw new ProposalDroppedError();
}

function countAnswer(core: RaftCore, answer: Message): void {
  const { type, from } = answer;
  const { granted, rejected, result } = poll(core, from, type, !answer.reject);
  core.trace({ kind: 'votes-counted', type, granted, rejected });
  if (result === 'lost') {
    core.becomeFollower(core.term, NONE);
  } else if (result === 'won' && core.role === 'pre-candidate') {
    campaign(core, 'election');
  } else if (result === 'won') {
    core.becomeLeader();
    broadcastAppend(core);
  }
}

function isFromLeader({ type }: Message): boolean {
  return type === 'append' || type === 'heartbeat' || type === 'snapshot';
}

/** Late answers of another election, and orders that only a follower obeys, have no effect. Throws ProposalDroppedError. */
export function stepCandidate(core: RaftCore, received: Message): void {
  const answer = core.role === 'pre-candidate' ? 'pre-vote-response' : 'vote-response';
  const mixed = core.hasBug('pre-vote-counts-as-vote') && received.type === 'pre-vote-response';
  if (received.type === answer || mixed) {
    countAnswer(core, received);
  } else if (isFromLeader(received)) {
    core.becomeFollower(received.term, received.from);
    handleFromLeader(core, received);
  } else if (received.type === 'propose') {
    dropProposal(core);
  }
}

function forward(core: RaftCore, received: Message): void {
  if (core.lead !== NONE) core.send({ ...received, to: core.lead });
}

function forgetLeader(core: RaftCore): void {
  if (core.config.readOnly === 'lease') {
    // The leader counts on this node's lease: forgetting would let another be elected within it.
    core.trace({ kind: 'forget-refused' });
  } else if (core.lead !== NONE) {
    core.trace({ kind: 'leader-forgotten', leader: core.lead, term: core.term });
    core.lead = NONE;
  }
}

type Handlers = Partial<Record<MessageType, (core: RaftCore, received: Message) => void>>;

const FOLLOWER: Handlers = {
  propose: (core, received) => {
    if (core.lead === NONE || core.config.disableProposalForwarding) dropProposal(core);
    forward(core, received);
  },
  'transfer-leader': forward,
  'read-index': forward,
  'forget-leader': forgetLeader,
  'timeout-now': (core, { from }) => {
    core.trace({ kind: 'timeout-now-received', term: core.term, from });
    hup(core, 'transfer');
  },
  'read-index-response': (core, { index, readId }) => {
    core.readStates.push({ index, readId });
  },
};

/** Throws ProposalDroppedError. */
export function stepFollower(core: RaftCore, received: Message): void {
  if (isFromLeader(received)) {
    core.electionElapsed = 0;
    core.lead = received.from;
    handleFromLeader(core, received);
  } else {
    FOLLOWER[received.type]?.(core, received);
  }
}
