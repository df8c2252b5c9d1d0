/** What a leader checks before a proposal enters its log, and how a refusal travels back to the node it came from. */
import { enterJoint, simpleChange } from '../core/changer.ts';
import { type ConfChange, confChangeOf, entersJoint } from '../core/conf-change.ts';
import { ConfChangeError, ProposalDroppedError } from '../core/errors.ts';
import { isJoint } from '../core/membership.ts';
import type { RawNode } from '../core/raw-node.ts';
import { type Entry, type Message, message, type NodeId } from '../core/types.ts';
import { MembershipError, NotLeaderError, OverloadedError } from './errors.ts';
import { decodeChangeContext, type MemberRecord, type MemberTable } from './members.ts';
import { decodeProposal, encodeProposal, type ProposalKey } from './proposal.ts';

/** Why a leader did not take a proposal; nothing happened. The place in this list is the number on the wire. */
const REFUSALS = [
  'not-leader',
  'overloaded',
  'invalid',
  'learner-behind',
  'change-in-progress',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export function refusalError(refusal: Refusal, leader: NodeId | null): Error {
  if (refusal === 'not-leader') return new NotLeaderError(leader);
  if (refusal === 'overloaded')
    return new OverloadedError('the leader takes no more proposals now');
  return new MembershipError(refusal);
}

/** Whether the core would accept the change; what it throws on apply would be thrown by every member. */
function isValid(node: RawNode, change: ConfChange): boolean {
  const { core } = node;
  const { membership, progress } = core.tracker;
  const input = { membership, progress, ...core.changerStart() };
  try {
    const joint = entersJoint(change);
    if (joint === null) simpleChange(input, change.changes);
    else enterJoint(input, change.changes, joint.autoLeave);
    return true;
  } catch (error) {
    if (error instanceof ConfChangeError) return false;
    throw error;
  }
}

function checkChange(
  node: RawNode,
  change: ConfChange,
  maxLag: number,
  table: MemberTable,
): Refusal | null {
  const { core } = node;
  const { membership } = core.tracker;
  if (isJoint(membership) || core.pendingConfIndex > core.log.applied) return 'change-in-progress';
  if (!isValid(node, change)) return 'invalid';
  const named = decodeChangeContext(change.context)?.members ?? [];
  for (const one of change.changes) {
    const refusal = checkMember(node, one, { named, table, maxLag });
    if (refusal !== null) return refusal;
  }
  return keepsData(node, change, named, table) ? null : 'invalid';
}

function checkMember(
  { core }: RawNode,
  { op, id }: ConfChange['changes'][number],
  {
    named,
    table,
    maxLag,
  }: {
    readonly named: readonly (MemberRecord & { readonly id: NodeId })[];
    readonly table: MemberTable;
    readonly maxLag: number;
  },
): Refusal | null {
  const before = table.records.get(id);
  const after = named.find((member) => member.id === id);
  const peer = core.tracker.progress.get(id);
  if (op === 'update' && peer === undefined) return 'invalid';
  if (op !== 'remove' && (after?.address ?? '') === '' && before === undefined) return 'invalid';
  // A witness's log has no payloads: as anything else it would be believed.
  if (before !== undefined && after !== undefined && before.witness !== after.witness) {
    return 'invalid';
  }
  // A quorum that needs a member without the log would commit nothing until it has caught up.
  const behind = core.log.lastIndex() - (peer?.match ?? 0) > maxLag;
  return op === 'add-voter' && peer?.isLearner === true && behind ? 'learner-behind' : null;
}

/** Whether a voter with data is left: a membership of witnesses could never elect anybody. */
function keepsData(
  node: RawNode,
  change: ConfChange,
  named: readonly { readonly id: NodeId; readonly witness?: true }[],
  table: MemberTable,
): boolean {
  const voters = new Set(node.core.tracker.membership.incoming);
  for (const { op, id } of change.changes) {
    if (op === 'add-voter') voters.add(id);
    else if (op !== 'update') voters.delete(id);
  }
  const added = new Map(named.map(({ id, witness }) => [id, witness]));
  return [...voters].some((id) => (added.get(id) ?? table.records.get(id)?.witness) !== true);
}

/** Steps a proposal on a leader. Returns why not, or null when it is in the log. */
export function admit(
  node: RawNode,
  received: Message,
  limits: { readonly promotionMaxLag: number; readonly table: MemberTable },
): Refusal | null {
  if (node.core.role !== 'leader') return 'not-leader';
  for (const entry of received.entries) {
    const change = confChangeOf(entry);
    if (change === null) continue;
    const refusal = checkChange(node, change, limits.promotionMaxLag, limits.table);
    if (refusal !== null) return refusal;
  }
  try {
    node.step(received);
    return null;
  } catch (error) {
    if (!(error instanceof ProposalDroppedError)) throw error;
    return node.core.tracker.progress.has(node.core.id) ? 'overloaded' : 'not-leader';
  }
}

/** Who is waiting for this entry. */
export function keyOf(entry: Pick<Entry, 'type' | 'data'>): ProposalKey | null {
  const change = confChangeOf(entry);
  if (change !== null) return decodeChangeContext(change.context)?.key ?? null;
  return decodeProposal(entry.data)?.key ?? null;
}

/** Sends the keys of refused proposals back, without their payloads. */
export function refusalMessage(received: Message, refusal: Refusal): Message {
  const entries = received.entries.flatMap((entry): Entry[] => {
    const key = keyOf(entry);
    if (key === null) return [];
    return [{ index: 0, term: 0, type: 'normal', data: encodeProposal(key, new Uint8Array(0)) }];
  });
  const readId = REFUSALS.indexOf(refusal);
  return message({ type: 'propose', to: received.from, reject: true, readId, entries });
}

export function refusalOf(received: Message): Refusal {
  return REFUSALS[received.readId] ?? 'not-leader';
}
