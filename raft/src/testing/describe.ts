/** Events of the core in a few words, for the trace of a failing run; null for what happens all the time. */
import { sortedIds } from '../core/membership.ts';
import type { TraceEvent } from '../core/trace.ts';

const voters = (ids: ReadonlySet<number>): string => sortedIds(ids).join(',');

type Words = {
  readonly [Kind in TraceEvent['kind']]?: (e: Extract<TraceEvent, { kind: Kind }>) => string;
};

const WORDS: Words = {
  created: ({ term, commit, last }) =>
    `starts in term ${term}, committed ${commit}, log to ${last.index}/${last.term}`,
  'became-follower': ({ term }) => `follows in term ${term}`,
  'became-candidate': ({ term }) => `stands in term ${term}`,
  'became-leader': ({ term }) => `LEADS term ${term}`,
  'vote-cast': ({ from, type, term, last, candidate }) =>
    `gives ${from} its ${type} in term ${term}, own log to ${last.index}/${last.term}, candidate's to ${candidate.index}/${candidate.term}`,
  'conflict-found': ({ index, existingTerm, conflictingTerm }) =>
    `replaces its log from ${index}: term ${existingTerm} by ${conflictingTerm}`,
  'membership-changed': ({ membership: { incoming, outgoing, learners } }) => {
    const joint = outgoing.size > 0 ? ` and ${voters(outgoing)}` : '';
    return `members ${voters(incoming)}${joint}, learners ${voters(learners)}`;
  },
  'snapshot-sent': ({ peer, snapshot }) => `sends ${peer} a snapshot of ${snapshot.index}`,
  'snapshot-restored': ({ index, term }) => `takes over a snapshot of ${index}/${term}`,
  'quorum-lost': () => 'hears from no quorum',
  'transfer-started': ({ to }) => `hands over to ${to}`,
  'leader-forgotten': ({ leader }) => `forgets leader ${leader}`,
  'leaving-joint': () => 'leaves the joint membership',
};

export function describe(event: TraceEvent): string | null {
  const say = WORDS[event.kind] as ((e: TraceEvent) => string) | undefined;
  return say?.(event) ?? null;
}
