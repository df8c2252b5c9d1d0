/** What the runner needs from a cluster and its database, in its own words; see LocalCluster, MysqlDatabase and FakeCluster. */
import type { CounterValue, Outcome, Transfer } from '../checker/operation.ts';
import type { FinalState } from '../checker/verdict.ts';

/** One member as the cluster's status shows it. */
export interface MemberView {
  readonly name: string;
  /** `following` and `primary` are well; see MemberState of the agent protocol. */
  readonly state: string;
  readonly agentPid: number | null;
  readonly mysqldPid: number | null;
  /** On 127.0.0.1. */
  readonly mysqlPort: number | null;
  /** Where mysqld itself listens, `host:port`, as it says of itself. */
  readonly mysqlAddress: string | null;
  /** GTIDs that only this member has; null when there are none. */
  readonly errant: string | null;
}

export interface ClusterView {
  readonly primary: string | null;
  readonly epoch: number;
  readonly members: readonly MemberView[];
}

/** A process to send a signal to. */
export interface Target {
  readonly member: string;
  readonly kind: 'agent' | 'mysqld';
  readonly pid: number;
}

export type FaultSignal = 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT';

/** A person's command and how it ended. */
export interface CommandResult {
  readonly done: boolean;
  readonly text: string;
}

export interface ChaosCluster {
  /** Resolves when the cluster is Ready. */
  start(signal: AbortSignal): Promise<void>;
  view(): Promise<ClusterView>;
  /**
   * Sends one signal to all targets, one directly after the other. Targets that are gone are passed over.
   *
   * @throws NotOursError before anything is sent, when one of the pids is not what it is said to be
   */
  send(targets: readonly Target[], signal: FaultSignal): void;
  switchover(): Promise<CommandResult>;
  /** Ends everything and deletes the data. Returns what had to be killed afterwards, in words. */
  stop(): Promise<readonly string[]>;
  /** Files that tell a person what happened; they survive `stop`. */
  saveLogs(): Promise<readonly string[]>;
}

/** How one statement or transaction ended. `broken`: the session cannot be used any more. */
export type Answer<T> =
  | { readonly outcome: 'ok'; readonly value: T; readonly gtid?: string | undefined }
  | {
      readonly outcome: Exclude<Outcome, 'ok'>;
      readonly error: string;
      readonly broken: boolean;
    };

/** The server at the other end. */
export interface ServerIdentity {
  readonly uuid: string;
  /** `host:port`, as it says of itself. */
  readonly address: string;
}

/** One connection to the primary endpoint. Nothing here throws. */
export interface Session {
  readonly server: ServerIdentity;
  insert(row: { readonly key: number; readonly process: number }): Promise<Answer<null>>;
  increment(counter: number): Promise<Answer<null>>;
  /** All counters when none is named. */
  readCounters(counter?: number): Promise<Answer<readonly CounterValue[]>>;
  transfer(transfer: Transfer): Promise<Answer<null>>;
  readBalances(): Promise<Answer<readonly number[]>>;
  close(): void;
}

export interface SessionDeadlines {
  readonly connectMs: number;
  /** For each statement; past it the connection is given up. */
  readonly statementMs: number;
}

export interface WorkloadShape {
  readonly counters: number;
  readonly accounts: number;
  readonly initialBalance: number;
}

export interface ChaosDatabase {
  /** Creates the tables. Returns the server's version. */
  prepare(shape: WorkloadShape): Promise<string>;
  /** @throws Error when there is no connection; nothing was executed then. */
  connect(deadlines: SessionDeadlines): Promise<Session>;
  /** Commits that nobody acknowledged, as this member's server counts them; null when it cannot be asked. */
  unsafeCommits(member: MemberView): Promise<number | null>;
  /** Reads everything from the primary and, once they have caught up, from all others. */
  finalState(view: ClusterView): Promise<FinalState>;
}
