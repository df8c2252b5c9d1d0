/** What an agent is told when it starts: one JSON file, written by the box locally and from a ConfigMap and the pod's own fields on Kubernetes. */

/** A program and the arguments that always come first (a private root needs its own loader, see scripts). */
export interface CommandSpec {
  readonly file: string;
  readonly args: readonly string[];
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A member as its peers see it. Addresses are what a peer connects to. */
export interface PeerConfig {
  /** Pod name, such as `demo-0`. */
  readonly name: string;
  /** Positive and never used again for another disk. */
  readonly raftId: number;
  readonly host: string;
  readonly raftPort: number;
  readonly apiPort: number;
  readonly mysqlPort: number;
  /** Higher is preferred among equals when a primary is chosen. */
  readonly priority: number;
}

/** Times, all in milliseconds; see ha.md for what each bounds. */
export interface HaTimes {
  readonly heartbeatMs: number;
  readonly electionTimeoutMinMs: number;
  readonly electionTimeoutMaxMs: number;
  readonly leaseMs: number;
  /** How long mysqld may leave the agent's ping unanswered before it counts as hung. */
  readonly hungAfterMs: number;
  readonly barrierDeadlineMs: number;
  readonly drainDeadlineMs: number;
}

export const HA_TIMES: HaTimes = Object.freeze({
  heartbeatMs: 100,
  electionTimeoutMinMs: 600,
  electionTimeoutMaxMs: 1_000,
  leaseMs: 500,
  hungAfterMs: 1_500,
  barrierDeadlineMs: 20_000,
  drainDeadlineMs: 10_000,
});

export interface AgentConfig {
  readonly clusterId: string;
  readonly clusterName: string;
  readonly member: string;
  readonly raftId: number;
  /** This member's durable folder: `raft/`, `agent/`, `mysql/`, `evidence/`, `logs/` are below it. */
  readonly directory: string;
  /** Whether a raft log that does not exist may be begun. False once the cluster has existed: an empty disk then joins as a new member. */
  readonly bootstrap: boolean;
  /** Voters at the time of the bootstrap, this one included. */
  readonly peers: readonly PeerConfig[];
  readonly listen: {
    readonly raft: ListenAddress;
    readonly api: ListenAddress;
    readonly mysql: ListenAddress;
    /** MySQL's admin interface: loopback, the agent's own way in. */
    readonly admin: ListenAddress;
    readonly primaryProxy: ListenAddress;
    readonly replicasProxy: ListenAddress;
    /** Plain HTTP with /healthz, /readyz and /metrics, read-only. */
    readonly metrics: ListenAddress;
  };
  /** PEM files: the cluster's CA, and this member's certificate and key for raft, the API and mysqld. */
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  readonly mysqld: {
    readonly command: CommandSpec;
    /** Needed at every start of this installation, such as --lc-messages-dir. */
    readonly serverArgs: readonly string[];
    /** Path of the rendered my.cnf. */
    readonly configFile: string;
    readonly serverId: number;
    /** `setpriv` or null: then mysqld does not die with a SIGKILLed agent (PID 1 of a container needs none: the kernel ends the namespace). */
    readonly setpriv: string | null;
  };
  /** JSON file, mode 0600: `{agent, replication, application: {user, password, database}}`; passwords never stand on a command line. */
  readonly credentialsFile: string;
  readonly failover: { readonly enabled: boolean; readonly delayMs: number };
  readonly times: HaTimes;
}

/** The content of `credentialsFile`. */
export interface AgentCredentials {
  readonly agent: { readonly user: string; readonly password: string };
  readonly replication: { readonly user: string; readonly password: string };
  readonly application: {
    readonly user: string;
    readonly password: string;
    readonly database: string | null;
  };
}
