/** What `watch` tells, and what `status` shows. */
import type { NodeId, Role } from '../core/types.ts';
import type { FsyncStats, PeerStatus } from '../ports.ts';
import type { FatalError } from './errors.ts';
import type { Member } from './members.ts';

export type RaftEvent =
  | {
      readonly type: 'leadership';
      readonly role: Role;
      readonly term: number;
      readonly leader: NodeId | null;
    }
  | {
      readonly type: 'membership';
      readonly members: readonly Member[];
      readonly joint: boolean;
    }
  | { readonly type: 'peer'; readonly id: NodeId; readonly connected: boolean }
  /** A peer came with another disk than before: it was wiped, and may have forgotten its votes. */
  | { readonly type: 'peer-refused'; readonly id: NodeId; readonly incarnation: string }
  | { readonly type: 'applied'; readonly index: number }
  | { readonly type: 'fatal'; readonly error: FatalError };

export interface PeerReport extends PeerStatus {
  readonly id: NodeId;
  /** Only on the leader: highest index known to be durable there. */
  readonly match?: number;
}

export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: number;
  readonly leader: NodeId | null;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly snapshotIndex: number;
  readonly members: readonly Member[];
  readonly joint: boolean;
  readonly peers: readonly PeerReport[];
  readonly fsync: FsyncStats;
  /** Why this node does not stand for election now; null: it may. */
  readonly campaignVeto: string | null;
  readonly pendingProposals: number;
}
