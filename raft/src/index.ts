/** The driver: `Raft.open`, its ports, its errors. */
export { RaftInvariantError } from './core/errors.ts';
export type { TraceEvent, TraceSink } from './core/trace.ts';
export type {
  ConfState,
  Entry,
  HardState,
  Message,
  NodeId,
  Role,
  Snapshot,
} from './core/types.ts';
export type { CallOptions } from './driver/call.ts';
export { RAFT_DEFAULTS, type RaftConfig, resolveRaftConfig } from './driver/config.ts';
export {
  AmbiguousError,
  ClosedError,
  ConfigError,
  FatalError,
  MembershipError,
  NotLeaderError,
  OverloadedError,
  TimeoutError,
} from './driver/errors.ts';
export type { PeerReport, RaftEvent, RaftStatus } from './driver/events.ts';
export type { Member, MemberSpec, MembershipChange } from './driver/members.ts';
export type { ProposalOutcome } from './driver/proposals.ts';
export { Raft, type RaftOptions, type ReadConsistency, type ReadOptions } from './driver/raft.ts';
export type { ReadOutcome } from './driver/reads.ts';
export type {
  AppliedEntry,
  Clock,
  FsyncStats,
  LogBatch,
  LogIdentity,
  LogState,
  LogStore,
  PeerStatus,
  StateMachine,
  Transport,
  TransportHandlers,
} from './ports.ts';
