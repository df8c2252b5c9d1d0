/** Majorities, alone and joined: what a set of acknowledgements or votes decides. */
import type { NodeId } from './types.ts';

export type VoteResult = 'pending' | 'lost' | 'won';
export type Voters = ReadonlySet<NodeId>;

/**
 * The highest index that a majority has acknowledged; an unknown voter counts as 0.
 * The empty majority commits everything (`Infinity`), so that it is neutral in a joint quorum.
 */
export function majorityCommitted(
  voters: Voters,
  acked: (id: NodeId) => number | undefined,
): number {
  if (voters.size === 0) return Number.POSITIVE_INFINITY;
  const indexes: number[] = [];
  for (const id of voters) indexes.push(acked(id) ?? 0);
  indexes.sort((a, b) => a - b);
  return indexes[indexes.length - ((indexes.length >> 1) + 1)] ?? 0;
}

/** Both majorities must have it (Raft §6). */
export function jointCommitted(
  incoming: Voters,
  outgoing: Voters,
  acked: (id: NodeId) => number | undefined,
): number {
  return Math.min(majorityCommitted(incoming, acked), majorityCommitted(outgoing, acked));
}

/** Whether the votes so far decide. The empty majority has won: it is neutral in a joint quorum. */
export function majorityVote(voters: Voters, votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  if (voters.size === 0) return 'won';
  let granted = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) missing += 1;
    else if (vote) granted += 1;
  }
  const quorum = (voters.size >> 1) + 1;
  if (granted >= quorum) return 'won';
  return granted + missing >= quorum ? 'pending' : 'lost';
}

export function jointVote(
  incoming: Voters,
  outgoing: Voters,
  votes: ReadonlyMap<NodeId, boolean>,
): VoteResult {
  const first = majorityVote(incoming, votes);
  const second = majorityVote(outgoing, votes);
  if (first === second) return first;
  return first === 'lost' || second === 'lost' ? 'lost' : 'pending';
}
