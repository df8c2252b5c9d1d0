/** A node's state as one plain object. */
import { isJoint } from '../core/membership.ts';
import type { RawNode } from '../core/raw-node.ts';
import type { MemoryStorage } from '../core/storage.ts';
import { NONE } from '../core/types.ts';
import type { LogStore, Transport } from '../ports.ts';
import type { RaftStatus } from './events.ts';
import type { Proposals } from './proposals.ts';
import type { Replica } from './replica.ts';

export function statusOf(parts: {
  readonly node: RawNode;
  readonly replica: Replica;
  readonly storage: MemoryStorage;
  readonly transport: Transport;
  readonly log: LogStore;
  readonly proposals: Proposals;
}): RaftStatus {
  const { node, replica, storage, transport, log, proposals } = parts;
  const { core } = node;
  const { membership, progress } = core.tracker;
  const members = replica.members.list(membership);
  return {
    id: core.id,
    role: core.role,
    term: core.term,
    leader: core.lead === NONE ? null : core.lead,
    commitIndex: core.log.committed,
    appliedIndex: replica.appliedIndex,
    firstIndex: core.log.firstIndex(),
    lastIndex: core.log.lastIndex(),
    snapshotIndex: storage.snapshotIndex,
    members,
    joint: isJoint(membership),
    peers: members
      .filter(({ id }) => id !== core.id)
      .map(({ id }) => {
        const match = core.role === 'leader' ? progress.get(id)?.match : undefined;
        return { id, ...transport.peer(id), ...(match === undefined ? {} : { match }) };
      }),
    fsync: log.fsync,
    campaignVeto: core.campaignVeto,
    pendingProposals: proposals.count,
  };
}
