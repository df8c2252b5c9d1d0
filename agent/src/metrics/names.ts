/** Every metric of the agent: its name, and what it says. Units are Prometheus' base units. */
export const METRICS = Object.freeze({
  epoch: ['radondb_epoch', 'Epoch of the cluster log as this member has applied it.'],
  promise: ['radondb_promised_epoch', 'Highest epoch that this member has promised.'],
  primary: ['radondb_primary', '1 on the primary, 0 elsewhere.'],
  open: ['radondb_open', '1 while the current epoch is open for clients.'],
  fenced: [
    'radondb_fenced',
    '1 while clients are shut out because it may not be primary any more.',
  ],
  amnesiac: ['radondb_amnesiac', '1 while it may have lost what it acknowledged.'],
  errant: ['radondb_errant', '1 while it holds transactions that the cluster does not have.'],
  condition: ['radondb_condition', '1 while the condition of this type holds on this member.'],
  voters: ['radondb_voters', 'Members that vote and acknowledge.'],
  acknowledgementsRequired: [
    'radondb_acknowledgements_required',
    'Acknowledgements that a commit waits for, beside the primary itself.',
  ],
  raftTerm: ['radondb_raft_term', 'Raft term.'],
  raftCommit: ['radondb_raft_commit_index', 'Index of the last committed entry.'],
  raftApplied: ['radondb_raft_applied_index', 'Index of the last applied entry.'],
  raftLeader: ['radondb_raft_leader', '1 on the raft leader, 0 elsewhere.'],
  raftLeaderChanges: [
    'radondb_raft_leader_changes_total',
    'Changes of the raft leader that this member has seen.',
  ],
  fsync: [
    'radondb_raft_fsync_seconds',
    'Quantiles of the time that the raft log takes to be durable.',
  ],
  failovers: [
    'radondb_failovers_total',
    'Changes of primary that ended in an open epoch, by kind.',
  ],
  lastFailover: [
    'radondb_last_failover_seconds',
    'From noticing to open in the latest change of primary.',
  ],
  lease: [
    'radondb_lease_remaining_seconds',
    'Time until the primary fences itself unless it hears a raft leader.',
  ],
  unsafeCommits: [
    'radondb_semi_sync_unsafe_commits_total',
    'Commits that nobody acknowledged. Any increase means that acknowledged writes can be lost.',
  ],
  acknowledgements: [
    'radondb_semi_sync_acknowledged_commits_total',
    'Commits that waited for their acknowledgements and got them.',
  ],
  lag: ['radondb_replica_lag_seconds', 'How far the applier is behind the primary.'],
  receiver: ['radondb_receiver_running', '1 while the replica receives.'],
  applier: ['radondb_applier_running', '1 while the replica applies.'],
  connections: ['radondb_mysqld_connections', "Clients' connections in mysqld."],
  mysqldUp: ['radondb_mysqld_up', '1 while mysqld answers its agent.'],
  mysqldRestarts: ['radondb_mysqld_restarts_total', 'Starts of mysqld after the first one.'],
  proxyConnections: ['radondb_proxy_connections', 'Clients joined to a server, by proxy.'],
  proxyWaiting: ['radondb_proxy_waiting', 'Clients that wait for a server, by proxy.'],
  proxyAccepted: ['radondb_proxy_accepted_total', 'Clients that connected, by proxy.'],
  proxyRefused: ['radondb_proxy_refused_total', 'Clients that were sent an error, by proxy.'],
  proxyCutOff: [
    'radondb_proxy_cut_off_total',
    'Clients that were cut off because their server lost its role, by proxy.',
  ],
  eventLoop: [
    'radondb_event_loop_delay_seconds',
    "Quantiles of the delay of the agent's event loop.",
  ],
  rss: ['radondb_agent_resident_memory_bytes', "The agent's resident memory."],
} satisfies Record<string, readonly [name: string, help: string]>);

export type MetricKey = keyof typeof METRICS;
