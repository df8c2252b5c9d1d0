/** What the driver needs from outside: a log, a network, a state machine, a clock. */
import type { Entry, HardState, Message, NodeId, Snapshot } from './core/types.ts';

/** Who a log belongs to. The incarnation is drawn anew whenever a directory is created: a wiped disk shows. */
export interface LogIdentity {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly incarnation: string;
}

/** Everything a log holds. */
export interface LogState {
  readonly hardState: HardState;
  /** Null for a log that was never written. */
  readonly snapshot: Snapshot | null;
  /** Consecutive; the first may lie before the snapshot's index. */
  readonly entries: readonly Entry[];
  /** Incarnations of peers seen so far, by node id. */
  readonly peers: Readonly<Record<string, string>>;
}

export interface LogBatch {
  readonly hardState: HardState | null;
  /** Replace whatever the log has at and behind the first one's index. */
  readonly entries: readonly Entry[];
  readonly peers?: Readonly<Record<string, string>>;
}

export interface FsyncStats {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly count: number;
}

/**
 * Durable storage. The driver has at most one call under way. After the first rejection every later call must
 * reject too: a failed fsync may have dropped the pages, and a retry would succeed falsely.
 */
export interface LogStore {
  readonly identity: LogIdentity;
  /** What was found when the log was opened. */
  readonly recovered: LogState;
  /** Resolves once the batch is durable. */
  write(batch: LogBatch): Promise<void>;
  /** Replaces everything that is recorded; atomic, durable when it resolves. */
  checkpoint(state: LogState): Promise<void>;
  readonly fsync: FsyncStats;
  close(): Promise<void>;
}

export interface TransportHandlers {
  readonly onMessage: (received: Message) => void;
  readonly onPeerConnected: (id: NodeId) => void;
  /** The connection to the peer broke just now. */
  readonly onPeerDisconnected: (id: NodeId) => void;
  /** Whether this peer with this disk may talk to us. */
  readonly acceptPeer: (id: NodeId, incarnation: string) => boolean;
}

export interface PeerStatus {
  readonly connected: boolean;
  /** Milliseconds since anything arrived; null when nothing ever did. */
  readonly lastActiveAgoMs: number | null;
  readonly rttMs?: number;
}

/** Moves messages: unreliable, in order or not; never blocks. */
export interface Transport {
  start(identity: LogIdentity, handlers: TransportHandlers): Promise<void>;
  /** The peers to keep connections to, with their addresses. */
  setPeers(peers: ReadonlyMap<NodeId, string>): void;
  /** False when the message was dropped at once: no connection, or too much is queued. */
  send(message: Message): boolean;
  peer(id: NodeId): PeerStatus;
  close(): Promise<void>;
}

export interface AppliedEntry {
  readonly index: number;
  readonly term: number;
  readonly data: Uint8Array;
}

/** Deterministic: the same entries in the same order give the same state everywhere. */
export interface StateMachine {
  /** Called in order of index. What it returns goes to the proposer, if that is this node. Must not throw. */
  apply(entry: AppliedEntry): unknown;
  snapshot(): Uint8Array;
  restore(data: Uint8Array): void;
}

/** Monotonic time and timers. */
export interface Clock {
  /** Monotonic, in milliseconds. */
  now(): number;
  /** Returns a function that cancels. */
  after(ms: number, run: () => void): () => void;
}
