/**
 * Types of the conditions in `MysqlCluster.status.conditions`. `Ready`, `Reconciling` and `Stalled`
 * mean what kstatus means by them. Reconciling and Stalled are good when False; the rest when True.
 *
 * @see https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export const CONDITION_TYPES = Object.freeze({
  /** Writes are accepted and every declared member does its part. */
  ready: 'Ready',
  /** On its way to what the spec says. */
  reconciling: 'Reconciling',
  /** Does not get further without a person. */
  stalled: 'Stalled',
  /** Writes are accepted. */
  available: 'Available',
  /** Can lose any one more voter and still accept writes. */
  redundant: 'Redundant',
  /** Every replica follows the primary and none has transactions of its own. */
  replicationHealthy: 'ReplicationHealthy',
});

/** Reasons of these conditions: stable, one meaning each. */
export const CONDITION_REASONS = Object.freeze({
  /** Ready: every member is up. */
  allMembersReady: 'AllMembersReady',
  /** Ready, Reconciling: some members are not up yet. */
  membersNotReady: 'MembersNotReady',
  /** Ready, Reconciling: the voters are not yet the declared members. */
  membershipChanging: 'MembershipChanging',
  /** Reconciling, Stalled: nothing to report. */
  upToDate: 'UpToDate',
  /** Stalled: nothing needs a person. */
  progressing: 'Progressing',
  /** Stalled: the spec has problems; the last good one stays in force. */
  invalidSpec: 'InvalidSpec',
  /** Stalled: a member has failed and does not come back by itself. */
  memberFailed: 'MemberFailed',
  /** Available: the primary is open. */
  primaryOpen: 'PrimaryOpen',
  /** Available: no member has answered. */
  noMemberAnswers: 'NoMemberAnswers',
  /** Available: the first primary is not chosen yet. */
  starting: 'Starting',
  /** Available: fewer voters than a majority answer. */
  noQuorum: 'NoQuorum',
  /** Available: another primary is being chosen or promoted. */
  failoverInProgress: 'FailoverInProgress',
  /** Available: the primary does not answer, or has closed itself; a failover should follow. */
  primaryNotServing: 'PrimaryNotServing',
  /** Redundant: enough voters to lose one. */
  canLoseOne: 'CanLoseOne',
  /** Redundant: 1 or 2 members can never lose one. */
  tooFewMembers: 'TooFewMembers',
  /** Redundant: so many voters are away that the next loss stops writes. */
  votersMissing: 'VotersMissing',
  /** ReplicationHealthy: all replicas follow. */
  allFollowing: 'AllFollowing',
  /** ReplicationHealthy: one member, nothing to replicate. */
  singleMember: 'SingleMember',
  /** ReplicationHealthy: some replica does not follow. */
  notFollowing: 'NotFollowing',
  /** ReplicationHealthy: some replica's replication threads have stopped with an error. */
  replicationError: 'ReplicationError',
  /** ReplicationHealthy: some member has transactions that the cluster does not have. */
  errantTransactions: 'ErrantTransactions',
});

export type ConditionReason = (typeof CONDITION_REASONS)[keyof typeof CONDITION_REASONS];
