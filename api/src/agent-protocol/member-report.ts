import { Type } from 'typebox';
import { makeParser } from '../schema/checker.ts';
import {
  amount,
  amountOrNull,
  count,
  countOrNull,
  flag,
  orNull,
  text,
  textOrNull,
} from './parts.ts';
import { refusing } from './protocol-error.ts';

/**
 * What a member is doing. `closed`: mysqld runs, clients are shut out, waiting for the cluster log;
 * `fenced`: shut out because it may no longer be primary; `down`: mysqld does not run, on purpose
 * (I9); `failed`: needs a person or a rebuild, `why` says which.
 */
export type MemberState =
  | 'starting'
  | 'closed'
  | 'catching-up'
  | 'cloning'
  | 'following'
  | 'promoting'
  | 'primary'
  | 'fenced'
  | 'down'
  | 'failed';

/** Something that a member noticed about itself; it becomes a condition of the cluster. */
export interface Finding {
  /** The condition's type, as in `conditions.ts`. */
  readonly type: string;
  readonly status: 'True' | 'False';
  /** CamelCase, stable. */
  readonly reason: string;
  /** Says what to do. */
  readonly message: string;
}

/** One change of primary, as the member saw it. Times are unix milliseconds. */
export interface FailoverRecord {
  readonly epoch: number;
  readonly kind: 'bootstrap' | 'failover' | 'switchover';
  readonly cause: string;
  /** Null at bootstrap. */
  readonly from: string | null;
  /** Null until somebody is elected. */
  readonly to: string | null;
  readonly noticedAtMs: number;
  readonly revokedAtMs: number;
  readonly electedAtMs: number | null;
  /** Null while it is going on. Service was away for `openedAtMs − noticedAtMs`. */
  readonly openedAtMs: number | null;
  readonly steps: readonly { readonly name: string; readonly atMs: number }[];
}

/** The member's raft node. */
export interface RaftReport {
  readonly id: number;
  readonly role: string;
  /** Raft id of the leader; null when it knows of none. */
  readonly leader: number | null;
  readonly term: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
}

/** The cluster log as this member has applied it. */
export interface LogReport {
  readonly epoch: number;
  readonly phase: 'none' | 'revoked' | 'elected' | 'open';
  readonly primary: string | null;
  readonly configVersion: number;
  readonly voters: readonly string[];
  /** W: acknowledgements that a commit waits for, beside the primary's own. */
  readonly w: number;
}

/** One reading of a running mysqld. GTID sets are texts for `parseGtidSet`. */
export interface MysqlReport {
  readonly version: string;
  readonly serverUuid: string;
  readonly gtidExecuted: string;
  readonly gtidRetrieved: string;
  readonly readOnly: boolean;
  readonly offline: boolean;
  /** Clients' connections; the agent's own are not counted. */
  readonly connections: number;
  /** Null when unknown and on the primary. */
  readonly lagMs: number | null;
  /** `host:port` of its replication source; null when it has none. */
  readonly source: string | null;
  readonly ioRunning: boolean;
  readonly sqlRunning: boolean;
  readonly lastError: string | null;
  readonly semiSyncSource: boolean;
  readonly semiSyncReplica: boolean;
  /** `Rpl_semi_sync_source_no_tx`: commits nobody acknowledged. Must stay 0 in an epoch. */
  readonly unsafeCommits: number;
}

/** `GET /v1/status` of an agent: everything about one member. */
export interface MemberReport {
  readonly member: string;
  readonly clusterId: string;
  /** Identity of its disk: another one is another member (I8). */
  readonly incarnation: string;
  readonly agentPid: number;
  /** Null while mysqld does not run. */
  readonly mysqldPid: number | null;
  readonly dataDir: string;
  /** When the agent started; unix milliseconds. */
  readonly startedAtMs: number;
  readonly role: 'primary' | 'replica';
  readonly voter: boolean;
  readonly state: MemberState;
  /** One sentence; says what to do where a person can do something. */
  readonly why: string;
  /** It may have lost what it acknowledged (I8). */
  readonly amnesiac: boolean;
  readonly fenced: boolean;
  /** The highest epoch promised. */
  readonly promise: number;
  readonly raft: RaftReport;
  readonly log: LogReport;
  /** Null while mysqld does not answer. */
  readonly mysql: MysqlReport | null;
  /** GTIDs that the cluster does not have (void content); null when there are none. */
  readonly errant: string | null;
  /** `host:port` each: its mysqld, and its proxy's ways to the primary and to the replicas. */
  readonly endpoints: {
    readonly mysql: string;
    readonly primary: string;
    readonly replicas: string;
  };
  readonly findings: readonly Finding[];
  /** The latest ones, oldest first. */
  readonly failovers: readonly FailoverRecord[];
  /** What it was started with: a file that is mounted can be older than the pod that mounts it. Absent where all comes with the pod. */
  readonly restartRevision?: string;
  /** Which of the settings that need no restart it runs with; absent where they come with a restart only. */
  readonly configRevision?: string;
  readonly rssBytes: number;
  readonly eventLoopDelayP99Ms: number;
}

const memberStateSchema = Type.Union([
  Type.Literal('starting'),
  Type.Literal('closed'),
  Type.Literal('catching-up'),
  Type.Literal('cloning'),
  Type.Literal('following'),
  Type.Literal('promoting'),
  Type.Literal('primary'),
  Type.Literal('fenced'),
  Type.Literal('down'),
  Type.Literal('failed'),
]);

const findingSchema = Type.Object({
  type: text,
  status: Type.Union([Type.Literal('True'), Type.Literal('False')]),
  reason: text,
  message: text,
});

const failoverRecordSchema = Type.Object({
  epoch: count,
  kind: Type.Union([
    Type.Literal('bootstrap'),
    Type.Literal('failover'),
    Type.Literal('switchover'),
  ]),
  cause: text,
  from: textOrNull,
  to: textOrNull,
  noticedAtMs: amount,
  revokedAtMs: amount,
  electedAtMs: amountOrNull,
  openedAtMs: amountOrNull,
  steps: Type.Array(Type.Object({ name: text, atMs: amount })),
});

const mysqlSchema = Type.Object({
  version: text,
  serverUuid: text,
  gtidExecuted: text,
  gtidRetrieved: text,
  readOnly: flag,
  offline: flag,
  connections: count,
  lagMs: amountOrNull,
  source: textOrNull,
  ioRunning: flag,
  sqlRunning: flag,
  lastError: textOrNull,
  semiSyncSource: flag,
  semiSyncReplica: flag,
  unsafeCommits: count,
});

const raftSchema = Type.Object({
  id: count,
  role: text,
  leader: countOrNull,
  term: count,
  commitIndex: count,
  appliedIndex: count,
});

const logSchema = Type.Object({
  epoch: count,
  phase: Type.Union([
    Type.Literal('none'),
    Type.Literal('revoked'),
    Type.Literal('elected'),
    Type.Literal('open'),
  ]),
  primary: textOrNull,
  configVersion: count,
  voters: Type.Array(text),
  w: count,
});

const memberReportSchema = Type.Object({
  member: text,
  clusterId: text,
  incarnation: text,
  agentPid: count,
  mysqldPid: countOrNull,
  dataDir: text,
  startedAtMs: amount,
  role: Type.Union([Type.Literal('primary'), Type.Literal('replica')]),
  voter: flag,
  state: memberStateSchema,
  why: text,
  amnesiac: flag,
  fenced: flag,
  promise: count,
  raft: raftSchema,
  log: logSchema,
  mysql: orNull(mysqlSchema),
  errant: textOrNull,
  endpoints: Type.Object({ mysql: text, primary: text, replicas: text }),
  findings: Type.Array(findingSchema),
  failovers: Type.Array(failoverRecordSchema),
  restartRevision: Type.Optional(text),
  configRevision: Type.Optional(text),
  rssBytes: amount,
  eventLoopDelayP99Ms: amount,
});

/** @throws ProtocolError listing everything that is wrong. Unknown fields are let through. */
export const parseMemberReport: (value: unknown) => MemberReport = makeParser(
  memberReportSchema,
  refusing('MemberReport'),
);

/** @throws ProtocolError listing everything that is wrong. */
export const parseFailoverRecord: (value: unknown) => FailoverRecord = makeParser(
  failoverRecordSchema,
  refusing('FailoverRecord'),
);
