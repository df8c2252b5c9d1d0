/** What a node is opened with, and the core's configuration that follows from it. */
import type { CoreConfig } from '../core/config.ts';
import type { MemoryStorage } from '../core/storage.ts';
import type { TraceSink } from '../core/trace.ts';
import type { NodeId } from '../core/types.ts';
import type { Clock, LogStore, StateMachine, Transport } from '../ports.ts';
import type { RaftConfig } from './config.ts';
import type { MemberSpec } from './members.ts';

export interface EngineOptions {
  /** A positive safe integer; never used again for another disk. */
  readonly id: NodeId;
  /** Of this cluster only: the log and every connection carry it. */
  readonly clusterId: string;
  readonly log: LogStore;
  readonly transport: Transport;
  readonly stateMachine: StateMachine;
  /**
   * The initial members, the same on each of them. Looked at only when the log is empty. A node with an empty log
   * and without this waits until a leader adds it.
   */
  readonly bootstrap?: { readonly members: readonly MemberSpec[] };
  readonly config?: Partial<RaftConfig>;
  /** @default real time */
  readonly clock?: Clock;
  /** 0 ≤ n < 1; spreads elections. @default Math.random */
  readonly random?: () => number;
  /** Structured events of the core, for logs and debugging. */
  readonly onTrace?: TraceSink;
}

/** A tick is a fifth of a heartbeat: fine enough for the election timeouts to differ. In milliseconds. */
export function tickLength(config: RaftConfig): number {
  return Math.max(1, config.heartbeatIntervalMs / 5);
}

export function coreConfigOf(
  options: EngineOptions,
  config: RaftConfig,
  storage: MemoryStorage,
): CoreConfig {
  const ticks = (ms: number): number => Math.max(1, Math.round(ms / tickLength(config)));
  const random = options.random ?? Math.random;
  const [min, max] = config.electionTimeoutMs;
  const spread = ticks(max) - ticks(min) + 1;
  const handicap = (100 - config.priority) / 100;
  return {
    id: options.id,
    storage,
    // The core draws below one election timeout; the range configured here may be narrower.
    random: () => Math.floor(random() * spread),
    electionTicks: ticks(min),
    heartbeatTicks: ticks(config.heartbeatIntervalMs),
    preVote: config.preVote,
    checkQuorum: config.checkQuorum,
    asyncStorageWrites: true,
    maxAppendBytes: config.maxAppendBytes,
    maxInflight: config.maxInflight,
    maxInflightBytes: config.maxInflightBytes,
    maxUncommittedBytes: config.maxUncommittedBytes,
    handOverOnRemoval: true,
    electionDelayTicks: Math.round(ticks(max) * handicap),
    sendPolicy: 'batched',
    ...(options.onTrace === undefined ? {} : { trace: options.onTrace }),
  };
}
