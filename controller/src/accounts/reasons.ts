/** Words of the conditions and events of MysqlUser and MysqlDatabase: stable, one meaning each. */
export const ACCOUNT_REASONS = Object.freeze({
  /** Ready: the account or schema is as declared. */
  inForce: 'InForce',
  /** Reconciling: nothing to do. Stalled: nothing needs a person. */
  upToDate: 'UpToDate',
  /** Stalled: it goes on by itself. */
  progressing: 'Progressing',
  /** Stalled: the stored spec has problems. */
  invalidSpec: 'InvalidSpec',
  /** Reconciling: there is no such MysqlCluster yet. */
  clusterNotFound: 'ClusterNotFound',
  /** Reconciling: the MysqlCluster is being deleted. */
  clusterDeleting: 'ClusterDeleting',
  /** Reconciling: spec.paused of the cluster is true. */
  clusterPaused: 'ClusterPaused',
  /** Stalled: the cluster does not allow this namespace. */
  namespaceNotAllowed: 'NamespaceNotAllowed',
  /** Reconciling: the Secret does not exist yet. */
  secretNotFound: 'SecretNotFound',
  /** Reconciling: the Secret has no such key yet. */
  secretKeyNotFound: 'SecretKeyNotFound',
  /** Stalled: what stands in the Secret cannot be a password. */
  passwordNotUsable: 'PasswordNotUsable',
  /** Stalled: an older object declares the same. */
  declaredTwice: 'DeclaredTwice',
  /** Stalled: what is there was made by somebody else. */
  conflict: 'Conflict',
  /** Stalled: the primary's agent refuses what the object asks for. */
  refused: 'Refused',
  /** Reconciling: a table or column that a grant names is not there yet. */
  waitingForTable: 'WaitingForTable',
  /** Stalled: MySQL refused a statement. */
  statementFailed: 'StatementFailed',
  /** Reconciling: no member takes writes now, or none can be reached. */
  primaryNotReachable: 'PrimaryNotReachable',
  /** Reconciling: it is dropped or let go. */
  releasing: 'Releasing',
});
export type AccountReason = (typeof ACCOUNT_REASONS)[keyof typeof ACCOUNT_REASONS];

export const ACCOUNT_EVENT_REASONS = Object.freeze({
  /** Statements were executed. */
  changed: 'Changed',
  /** Dropped, or kept as the reclaim policy says. */
  released: 'Released',
  /** The object was let go although nothing could be dropped. */
  leftBehind: 'LeftBehind',
  /** It does not get further without a person. */
  stalled: 'Stalled',
});
export type AccountEventReason = (typeof ACCOUNT_EVENT_REASONS)[keyof typeof ACCOUNT_EVENT_REASONS];
