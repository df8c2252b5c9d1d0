/** Events of the core in a few words, for the trace of a failing run; null for what happens all the time. */
import { sortedIds } from '../core/membership.ts';
import type { TraceEvent } from '../core/trace.ts';

const voters = (ids: ReadonlySet<number>): string => sortedIds(ids).join(',');

export function describe(event: TraceEvent): string | null {
  switch (event.kind) {
    case 'created':
      return `starts in term ${event.term}, committed ${event.commit}, log to ${event.last.index}/${event.last.term}`;
    case 'became-follower':
      return `follows in term ${event.term}`;
    case 'became-candidate':
      return `stands in term ${event.term}`;
    case 'became-leader':
      return `LEADS term ${event.term}`;
    case 'vote-cast':
      return `gives ${event.from} its ${event.type} in term ${event.term}, own log to ${event.last.index}/${event.last.term}, candidate's to ${event.candidate.index}/${event.candidate.term}`;
    case 'conflict-found':
      return `replaces its log from ${event.index}: term ${event.existingTerm} by ${event.conflictingTerm}`;
    case 'membership-changed': {
      const { incoming, outgoing, learners } = event.membership;
      const joint = outgoing.size > 0 ? ` and ${voters(outgoing)}` : '';
      return `members ${voters(incoming)}${joint}, learners ${voters(learners)}`;
    }
    case 'snapshot-sent':
      return `sends ${event.peer} a snapshot of ${event.snapshot.index}`;
    case 'snapshot-restored':
      return `takes over a snapshot of ${event.index}/${event.term}`;
    case 'quorum-lost':
      return 'hears from no quorum';
    case 'transfer-started':
      return `hands over to ${event.to}`;
    case 'leader-forgotten':
      return `forgets leader ${event.leader}`;
    case 'leaving-joint':
      return 'leaves the joint membership';
    default:
      return null;
  }
}
