/** The deterministic core: no clock, randomness, promise, timer, disk or socket. */
export {
  type ChangerInput,
  type ChangerResult,
  enterJoint,
  leaveJoint,
  restoreMembership,
  simpleChange,
} from './changer.ts';
export {
  type ConfChange,
  type ConfChangeOp,
  type ConfChangeSingle,
  type ConfChangeTransition,
  confChangeOf,
  decodeConfChange,
  encodeConfChange,
  LEAVE_JOINT,
} from './conf-change.ts';
export { type CoreConfig, PLANTED_BUGS, type PlantedBug } from './config.ts';
export {
  ConfChangeError,
  type ConfChangeErrorCode,
  ProposalDroppedError,
  RaftInvariantError,
  StepRefusedError,
} from './errors.ts';
export { Inflights } from './inflights.ts';
export {
  EMPTY_MEMBERSHIP,
  isJoint,
  type Membership,
  type ProgressMap,
  sortedIds,
  toConfState,
} from './membership.ts';
export { Progress, type ProgressState } from './progress.ts';
export {
  jointCommitted,
  jointVote,
  majorityCommitted,
  majorityVote,
  type VoteResult,
} from './quorum.ts';
export { RaftCore, viewProgress } from './raft-core.ts';
export { RaftLog } from './raft-log.ts';
export { RawNode, type Ready } from './raw-node.ts';
export { MemoryStorage, type Storage } from './storage.ts';
export type {
  ConfChangeRefusal,
  LogPosition,
  LogTraceEvent,
  LogView,
  NodeTraceEvent,
  ProgressView,
  TraceEvent,
  TraceSink,
} from './trace.ts';
export {
  APPEND_THREAD,
  APPLY_THREAD,
  type ConfState,
  EMPTY_BYTES,
  EMPTY_CONF_STATE,
  EMPTY_HARD_STATE,
  type Entry,
  type EntryDraft,
  type EntryType,
  entriesSize,
  entrySize,
  type HardState,
  isEmptyHardState,
  type Message,
  type MessageType,
  message,
  NONE,
  type NodeId,
  type ReadState,
  type Role,
  type Snapshot,
  type SoftState,
} from './types.ts';
