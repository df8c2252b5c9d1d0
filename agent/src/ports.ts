/**
 * What the agent's decisions need from the world, in the domain's words. Adapters implement these; the core and the
 * member's steps know nothing else. Every wait takes an AbortSignal or has a deadline of its own.
 */
import type {
  GtidSet,
  MemberHealth,
  MemberReport,
  PromiseAnswer,
  PromiseRequest,
  SwitchoverAnswer,
  SwitchoverRequest,
} from '@radondb/api';
import type { SettingChange } from './settings.ts';

/** Address of a MySQL server. */
export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
}

/** What the files of a stopped mysqld hold, read without starting it (docs/invariants.md, I9). */
export interface DiskContent {
  /** GTIDs of complete transactions in the binlog: Previous_gtids of its last file and every Gtid event in it. */
  readonly binlog: GtidSet;
  /** GTIDs of complete transactions in the relay logs. */
  readonly relayLog: GtidSet;
  /** Previous_gtids of the binlog's first file: what can no longer be sent to a replica by auto-position. */
  readonly purged: GtidSet;
  /** From auto.cnf; null when the server has not been started yet. */
  readonly serverUuid: string | null;
}

/** One reading of a running server. */
export interface MysqlObservation {
  readonly version: string;
  readonly serverUuid: string;
  readonly executed: GtidSet;
  readonly retrieved: GtidSet;
  readonly purged: GtidSet;
  readonly readOnly: boolean;
  readonly superReadOnly: boolean;
  readonly offline: boolean;
  /** Client connections, the agent's own not counted. */
  readonly connections: number;
  readonly source: MysqlAddress | null;
  readonly receiver: 'ON' | 'OFF' | 'CONNECTING';
  readonly receiverError: string | null;
  readonly applierRunning: boolean;
  readonly applierError: string | null;
  /** Milliseconds that the applier is behind the commit time on the source; null when unknown. */
  readonly lagMs: number | null;
  readonly semiSync: {
    readonly sourceEnabled: boolean;
    /** Rpl_semi_sync_source_status: OFF while enabled means commits are not waited for. */
    readonly sourceActive: boolean;
    readonly sourceClients: number;
    readonly waitForReplicaCount: number;
    readonly timeoutMs: number;
    readonly waitNoReplica: boolean;
    readonly waitPoint: string;
    readonly waitSessions: number;
    /** Rpl_semi_sync_source_no_tx: commits nobody acknowledged. */
    readonly unacknowledgedCommits: number;
    readonly replicaEnabled: boolean;
    readonly replicaActive: boolean;
  };
  /** sync_binlog, innodb_flush_log_at_trx_commit, relay_log_recovery, … read back; names of those that are not as I1/I5 demand. */
  readonly unsafeSettings: readonly string[];
}

/** How a replica reaches its source. */
export interface ReplicationSource extends MysqlAddress {
  readonly user: string;
  readonly password: string;
  /** PEM file of the CA that the source's certificate is checked against; null on a network without TLS. */
  readonly caFile: string | null;
}

/**
 * The mysqld that this agent owns: its process and its files. There is one at a time. `start` always starts it closed
 * (skip_replica_start, super_read_only, offline_mode: I9). SQL goes through the admin interface, never through clients' connections.
 */
export interface MysqldServer {
  /** 'up' means: accepts the agent's SQL. */
  readonly state: 'down' | 'starting' | 'up';
  readonly pid: number | null;
  /** Counts starts in the life of this agent: an exit and a start in between show as a different number. */
  readonly generation: number;
  /** Called once for every exit, as soon as the kernel reports it (SIGCHLD). */
  onExit(
    listener: (exit: {
      readonly code: number | null;
      readonly signal: string | null;
      readonly generation: number;
    }) => void,
  ): void;
  /** True when the data folder holds a complete server (an interrupted initialise or clone does not count and is removed by the next one). */
  hasData(): Promise<boolean>;
  /** Creates an empty server with the internal accounts and schema, in no binlog, gtid_executed empty. Atomic: a crash leaves nothing that counts as data. */
  initialise(signal: AbortSignal): Promise<void>;
  /** Starts it closed and resolves when the agent's account can speak to it. Writes the durable start marker first. @throws MysqldStartError with the last lines of its log. */
  start(signal: AbortSignal): Promise<void>;
  /** SIGKILL, and resolves when it is reaped. Harmless when down. */
  kill(): Promise<void>;
  /** SIGTERM and wait; after deadlineMs SIGKILL. Only for a replica or a cleanly handed over primary (fact 1: a graceful stop of a primary can release commits). Returns how it ended. */
  stop(deadlineMs: number): Promise<'clean' | 'killed'>;
  /** Content of the files; only while down. @throws if it is not down, or a file is corrupt (names the file and the offset). */
  scan(): Promise<DiskContent>;
  /**
   * Replaces the data by a clone of the donor (into a second folder, then a swap that a crash cannot tear). mysqld is down before and after;
   * the old folder is kept as `previous data` until dropPrevious(). The clone gets a new server_uuid. Progress in bytes.
   */
  clone(
    donor: ReplicationSource,
    options: {
      readonly signal: AbortSignal;
      /** Awaited when the clone is complete, before the old folder is replaced: what must be durable first (I8). A rejection leaves the old folder. */
      readonly beforeSwap: () => Promise<void>;
      readonly onProgress?: (p: { bytesDone: number; bytesTotal: number }) => void;
    },
  ): Promise<void>;
  /** Removes folders that clone() kept. */
  dropPrevious(): Promise<void>;
  /** Copies the binlog files that hold GTIDs of `content`, with a manifest, to a folder of evidence; returns that folder. Only while down. */
  saveEvidence(evidence: {
    readonly content: GtidSet;
    readonly reason: string;
    readonly epoch: number;
  }): Promise<string>;
  /** Removes auto.cnf, so that the next start has a new server_uuid (I11). Only while down. */
  forgetServerUuid(): Promise<void>;
  /** Whether a start since the last one that came up has failed or died: it may have died inside recovery, which forbids a rewind (rewind.md, trap 1). */
  startedSinceCrash(): Promise<boolean>;
  readonly sql: MysqldSql;
}

/** What the agent says to a running server. All reject with MysqlUnreachableError when it does not answer within the deadline. */
export interface MysqldSql {
  observe(deadlineMs?: number): Promise<MysqlObservation>;
  /** SELECT 1 and a small write outside the binlog (sql_log_bin=0), both within the deadline: a hung server fails this. Read-only state does not. */
  ping(deadlineMs: number): Promise<void>;
  /** Stops the receiver (IO thread) and proves it by performance_schema. False: no proof within the deadline. */
  stopReceiver(deadlineMs: number): Promise<boolean>;
  /** executed ∪ retrieved etc. in one reading; the caller has stopped the receiver. */
  content(): Promise<{
    executed: GtidSet;
    retrieved: GtidSet;
    purged: GtidSet;
    serverUuid: string;
  }>;
  /**
   * Points the receiver at a source with SOURCE_AUTO_POSITION=1 and starts it, acknowledging or not. Stops only the receiver and keeps the applier
   * running, so that the relay log stays (fact 3, I5). Unchanged sources are left alone except for a stopped receiver. The receiver is restarted when `acknowledge` changes.
   */
  follow(
    source: ReplicationSource,
    options: { readonly acknowledge: boolean; readonly delaySeconds?: number },
  ): Promise<void>;
  /** Starts the applier alone. */
  startApplier(): Promise<void>;
  /** Applies what of the relay log lies before the first of `void_`, then stops the applier. Resolves false when the deadline passes. */
  applyUpTo(void_: GtidSet, deadlineMs: number): Promise<boolean>;
  /** Resolves true when executed ⊇ set; false at the deadline or when the applier stops with an error. */
  waitExecuted(
    set: GtidSet,
    options: { readonly deadlineMs: number; readonly signal: AbortSignal },
  ): Promise<boolean>;
  /** STOP REPLICA; RESET REPLICA ALL: drops the relay log. The caller has made sure nothing is lost (I5). */
  resetReplica(): Promise<void>;
  /** Sets I1's variables for W acknowledgements, acknowledging by itself off, reads them back. W = 0 (a single voter) switches semi-sync off. @throws UnsafeServerError if what is read back differs. */
  configureSource(w: number): Promise<void>;
  /** Semi-sync's source side off, on a former primary that nobody can write to and where nobody waits. @throws UnsafeServerError otherwise: only a SIGKILL is safe then (fact 1). */
  retireSource(): Promise<void>;
  /** Raises or lowers the number of acknowledgements waited for, read back. */
  setWaitCount(w: number): Promise<void>;
  /** super_read_only and read_only OFF (offline_mode untouched). */
  allowWrites(): Promise<void>;
  /** Writes one tagged transaction of this epoch and waits for its acknowledgements. Returns its GTID. Rejects at the deadline (the transaction stays in doubt). */
  barrier(epoch: number, deadlineMs: number): Promise<GtidSet>;
  /** offline_mode OFF, event scheduler ON: lets clients in. */
  open(): Promise<void>;
  /** A replica's clients come in: offline_mode OFF while super_read_only is proven ON and the event scheduler OFF. */
  letReadersIn(): Promise<void>;
  /** offline_mode ON: cuts clients off and keeps them out; proven by reading back. */
  shut(deadlineMs: number): Promise<void>;
  /** super_read_only ON within the deadline; false when a statement holds it up (it is then left as it was). */
  denyWrites(deadlineMs: number): Promise<boolean>;
  /** True when no commit is in doubt: no session waits for acknowledgements and executed = binlog's content. */
  isQuiet(): Promise<boolean>;
  /** Ages in seconds of transactions and DDL that would hold up a switchover; empty when none. */
  longTransactions(
    olderThanSeconds: number,
  ): Promise<readonly { id: number; ageSeconds: number; what: string }[]>;
  /** SET GLOBAL, outside the binlog; `value` null: the server's default. The names are ours, texts are quoted. @throws MysqlStatementError at the first that is refused */
  setGlobals(changes: readonly SettingChange[]): Promise<void>;
  /** Accounts that could pass the fence (facts, 6). */
  accountsThatBypassFence(): Promise<readonly string[]>;
  /** Creates or updates the application's account, tagged as the agent's own transaction, only if something differs. */
  ensureApplicationAccount(account: {
    readonly user: string;
    readonly password: string;
    readonly database: string | null;
  }): Promise<void>;
  /**
   * A conversation of its own whose writes go to the binlog, tagged, and wait for acknowledgements. Its sql_mode is set, so that
   * quoted values mean what they say whatever the server's is. Aborted or at the deadline the connection is closed; what was asked may still happen.
   */
  write<T>(
    options: { readonly what: string; readonly deadlineMs: number; readonly signal: AbortSignal },
    work: (session: {
      rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
      execute(sql: string): Promise<unknown>;
    }) => Promise<T>,
  ): Promise<T>;
  /** On a new primary: enables the events that came to it as a replica, tagged, only if there are any. Waits for acknowledgements. Returns how many. */
  enableEvents(): Promise<number>;
  close(): Promise<void>;
}

/** The raft node as the agent uses it (raft/src has the real one). */
export interface RaftNode {
  status(): RaftStatus;
  /** Resolves when the entry was applied here, with what the state machine returned for it. */
  propose(
    data: Uint8Array,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<{ readonly index: number; readonly term: number; readonly result: unknown }>;
  /** Resolves when everything that the leader had committed when the call began is applied here; a quorum confirmed that leader meanwhile. */
  read(options: {
    readonly consistency: 'read-index';
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<unknown>;
  transferLeadership(to: number, options: { readonly timeoutMs: number }): Promise<void>;
  watch(listener: () => void): () => void;
}

export interface RaftStatus {
  readonly role: string;
  readonly term: number;
  readonly leader: number | null;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly peers: readonly {
    readonly id: number;
    readonly connected: boolean;
    readonly lastActiveAgoMs: number | null;
  }[];
  readonly fsync: { readonly p50Ms: number; readonly p99Ms: number; readonly count: number };
}

/** What the agent asks of its peers. */
export interface Peers {
  promise(
    member: string,
    request: PromiseRequest,
    options: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<PromiseAnswer>;
  health(member: string, health: MemberHealth): Promise<void>;
  /** Has the primary of `epoch` write a transaction now; its GTID, once acknowledged (I8). */
  mark(
    member: string,
    epoch: number,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<string>;
  status(member: string, options: { readonly timeoutMs: number }): Promise<MemberReport>;
  switchover(
    member: string,
    request: SwitchoverRequest,
    options: { readonly signal: AbortSignal },
  ): Promise<SwitchoverAnswer>;
}

/** Fields first, then a constant message: pino's order. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Monotonic milliseconds for intervals, unix milliseconds for people. */
export interface Clock {
  monotonicMs(): number;
  unixMs(): number;
}
