/** Members as the application knows them: ids with addresses, part of the committed configuration. */
import { Buffer } from 'node:buffer';
import type { ConfChange, ConfChangeOp } from '../core/conf-change.ts';
import { RaftInvariantError } from '../core/errors.ts';
import type { Membership } from '../core/membership.ts';
import type { ConfState, NodeId } from '../core/types.ts';
import type { ProposalKey } from './proposal.ts';

export interface MemberSpec {
  readonly id: NodeId;
  /** Where its peers reach it: `host:port`. */
  readonly address: string;
  /** A text of the application's that travels with the member. */
  readonly context?: string;
  /** Receives the log but does not vote. @default false */
  readonly learner?: boolean;
  /**
   * Votes and counts in every quorum, but is sent no payloads and no state, and never leads: its state machine is
   * never called. What a member is it stays; to change it, remove it and add another id. @default false
   */
  readonly witness?: boolean;
}

export interface Member {
  readonly id: NodeId;
  readonly address: string;
  readonly context?: string;
  readonly voter: boolean;
  readonly witness?: true;
}

export interface MembershipChange {
  /** `update` replaces address and context of a member. */
  readonly op: ConfChangeOp;
  readonly id: NodeId;
  /** Needed for a node that is new. */
  readonly address?: string;
  readonly context?: string;
  /** For a node that is new: see `MemberSpec.witness`. */
  readonly witness?: boolean;
}

export interface MemberRecord {
  readonly address: string;
  readonly context?: string;
  readonly witness?: true;
}

/** What travels in a change's context. */
export interface ChangeContext {
  readonly key: ProposalKey;
  readonly members: readonly (MemberRecord & { readonly id: NodeId })[];
}

export function encodeChange(
  changes: readonly MembershipChange[],
  key: ProposalKey,
  known: ReadonlyMap<NodeId, MemberRecord>,
): ConfChange {
  const members = changes
    .filter(({ op }) => op !== 'remove')
    .map(({ id, address, context, witness }) => {
      const before = known.get(id);
      const isWitness = witness ?? before?.witness ?? false;
      const text = context ?? before?.context;
      return {
        id,
        address: address ?? before?.address ?? '',
        ...(text === undefined ? {} : { context: text }),
        ...(isWitness ? { witness: true as const } : {}),
      };
    });
  const context: ChangeContext = { key, members };
  return {
    transition: changes.length > 1 ? 'implicit' : 'auto',
    changes: changes.map(({ op, id }) => ({ op, id })),
    context: Buffer.from(JSON.stringify(context)),
  };
}

export function decodeChangeContext(bytes: Uint8Array): ChangeContext | null {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as ChangeContext;
  } catch {
    throw new RaftInvariantError('a membership change in the log has an unreadable context');
  }
}

/** Addresses of everyone who is or was added, kept beside the core's membership. */
export class MemberTable {
  #records = new Map<NodeId, MemberRecord>();

  get records(): ReadonlyMap<NodeId, MemberRecord> {
    return this.#records;
  }

  get witnesses(): ReadonlySet<NodeId> {
    return new Set(
      [...this.#records].flatMap(([id, { witness }]) => (witness === true ? [id] : [])),
    );
  }

  apply(context: ChangeContext | null): void {
    for (const { id, ...record } of context?.members ?? []) this.#records.set(id, record);
  }

  /** Forgets whoever is no member any more. */
  prune(membership: Membership): void {
    for (const id of this.#records.keys()) {
      if (!isMember(membership, id)) this.#records.delete(id);
    }
  }

  list(membership: Membership): Member[] {
    return [...this.#records]
      .filter(([id]) => isMember(membership, id))
      .map(([id, record]) => ({
        id,
        ...record,
        voter: membership.incoming.has(id) || membership.outgoing.has(id),
      }))
      .sort((a, b) => a.id - b.id);
  }

  addresses(): Map<NodeId, string> {
    return new Map([...this.#records].map(([id, { address }]) => [id, address]));
  }

  replace(records: Iterable<readonly [NodeId, MemberRecord]>): void {
    this.#records = new Map(records);
  }
}

export function isMember(membership: Membership, id: NodeId): boolean {
  const { incoming, outgoing, learners, learnersNext } = membership;
  return incoming.has(id) || outgoing.has(id) || learners.has(id) || learnersNext.has(id);
}

export function bootstrapConfState(members: readonly MemberSpec[]): ConfState {
  const ids = (learner: boolean): NodeId[] =>
    members
      .filter((member) => (member.learner ?? false) === learner)
      .map(({ id }) => id)
      .sort((a, b) => a - b);
  return {
    voters: ids(false),
    votersOutgoing: [],
    learners: ids(true),
    learnersNext: [],
    autoLeave: false,
  };
}
