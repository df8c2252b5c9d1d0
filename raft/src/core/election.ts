/** Standing for election, asking and answering (Raft §5.2, §5.4.1; thesis §9.6). */
import { isConfChangeType } from './conf-change.ts';
import type { RaftCore } from './raft-core.ts';
import type { Message, NodeId } from './types.ts';

export type Campaign = 'pre-election' | 'election' | 'transfer';

/** A committed membership change that is not applied yet: its old majority must not elect any more. */
function hasUnappliedChange(core: RaftCore): boolean {
  const { applied, committed } = core.log;
  if (applied >= committed || core.hasBug('campaign-with-unapplied-change')) return false;
  const entries = core.log.slice(applied + 1, committed + 1, Number.POSITIVE_INFINITY) ?? [];
  return entries.some((entry) => isConfChangeType(entry.type));
}

/** Starts an election, if this node may. */
export function hup(core: RaftCore, kind: Campaign): void {
  const why =
    core.role === 'leader'
      ? 'leader'
      : !core.promotable
        ? 'unpromotable'
        : hasUnappliedChange(core)
          ? 'unapplied-change'
          : core.campaignVeto !== null && kind !== 'transfer'
            ? 'veto'
            : null;
  if (why !== null) {
    core.trace({ kind: 'campaign-refused', why, term: core.term });
    return;
  }
  core.trace({ kind: 'election-started', term: core.term });
  campaign(core, kind);
}

export function campaign(core: RaftCore, kind: Campaign): void {
  if (kind === 'pre-election') core.becomePreCandidate();
  else core.becomeCandidate();
  const type = kind === 'pre-election' ? 'pre-vote' : 'vote';
  // A pre-vote asks about the term that the candidate would have.
  const term = kind === 'pre-election' ? core.term + 1 : core.term;
  const last = core.log.last();
  for (const to of core.tracker.voterIds) {
    if (to === core.id) {
      // The own vote counts once it is durable, as any other.
      core.send({ type: `${type}-response`, to, term });
      continue;
    }
    core.trace({ kind: 'vote-requested', last, type, to, term: core.term });
    core.send({
      type,
      to,
      term,
      index: last.index,
      logTerm: last.term,
      transfer: kind === 'transfer',
    });
  }
}

/** Counts one answer. */
export function poll(
  core: RaftCore,
  from: NodeId,
  type: Message['type'],
  granted: boolean,
): ReturnType<RaftCore['tracker']['tally']> {
  core.trace({ kind: 'vote-received', type, from, granted, term: core.term });
  core.tracker.recordVote(from, granted);
  return core.tracker.tally();
}

/** Answers a vote or pre-vote request of this term (or, for a pre-vote, of the next). */
export function answerVote(core: RaftCore, request: Message): void {
  const { type, from, index } = request;
  const canVote =
    core.vote === from ||
    (core.vote === 0 && core.lead === 0) ||
    (type === 'pre-vote' && request.term > core.term);
  const candidate = { index, term: request.logTerm };
  const upToDate = core.log.isUpToDate(candidate) || core.hasBug('vote-ignores-log');
  const ballot = { last: core.log.last(), vote: core.vote, type, from, candidate };
  const answer = type === 'vote' ? 'vote-response' : 'pre-vote-response';
  if (canVote && upToDate) {
    core.trace({ kind: 'vote-cast', ...ballot, term: core.term });
    core.send({ type: answer, to: from, term: request.term });
    // A granted pre-vote promises nothing and must not delay this node's own election.
    if (type === 'vote') {
      core.electionElapsed = 0;
      core.vote = from;
    }
  } else {
    core.trace({ kind: 'vote-rejected', ...ballot, term: core.term });
    core.send({ type: answer, to: from, term: core.term, reject: true });
  }
}
