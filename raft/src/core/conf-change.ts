/** Membership changes as data, and their encoding inside log entries. */
import { RaftInvariantError } from './errors.ts';
import type { Entry, EntryType, NodeId } from './types.ts';
import { EMPTY_BYTES } from './types.ts';

export type ConfChangeOp = 'add-voter' | 'add-learner' | 'remove' | 'update';

export interface ConfChangeSingle {
  readonly op: ConfChangeOp;
  readonly id: NodeId;
}

/**
 * `auto`: one change is made directly, several through a joint configuration that is left by itself;
 * `implicit`: always joint, left by itself; `explicit`: always joint, left by an empty change.
 */
export type ConfChangeTransition = 'auto' | 'implicit' | 'explicit';

/** An empty change with transition `auto` leaves a joint configuration. */
export interface ConfChange {
  readonly transition: ConfChangeTransition;
  readonly changes: readonly ConfChangeSingle[];
  /** Bytes of the application that travel with the change. */
  readonly context: Uint8Array;
}

export const LEAVE_JOINT: ConfChange = Object.freeze({
  transition: 'auto',
  changes: [],
  context: EMPTY_BYTES,
});

export function isLeaveJoint(change: ConfChange): boolean {
  return change.changes.length === 0 && change.transition === 'auto';
}

/** Whether the change goes through a joint configuration, and whether that is left by itself. */
export function entersJoint(change: ConfChange): { readonly autoLeave: boolean } | null {
  if (change.transition === 'auto' && change.changes.length <= 1) return null;
  return { autoLeave: change.transition !== 'explicit' };
}

const OPS: readonly ConfChangeOp[] = ['add-voter', 'remove', 'update', 'add-learner'];
const TRANSITIONS: readonly ConfChangeTransition[] = ['auto', 'implicit', 'explicit'];

/** Layout: u8 transition, u32 count, count × (u8 op, f64 id), context. Empty bytes = leave joint. */
export function encodeConfChange(change: ConfChange): Uint8Array {
  if (isLeaveJoint(change) && change.context.length === 0) return EMPTY_BYTES;
  const bytes = new Uint8Array(5 + change.changes.length * 9 + change.context.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, TRANSITIONS.indexOf(change.transition));
  view.setUint32(1, change.changes.length);
  let at = 5;
  for (const { op, id } of change.changes) {
    view.setUint8(at, OPS.indexOf(op));
    view.setFloat64(at + 1, id);
    at += 9;
  }
  bytes.set(change.context, at);
  return bytes;
}

export function decodeConfChange(bytes: Uint8Array): ConfChange {
  if (bytes.length === 0) return LEAVE_JOINT;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const transition = bytes.length < 5 ? undefined : TRANSITIONS[view.getUint8(0)];
  const count = transition === undefined ? 0 : view.getUint32(1);
  if (transition === undefined || bytes.length < 5 + count * 9) {
    throw new RaftInvariantError('a membership change in the log cannot be decoded');
  }
  const changes: ConfChangeSingle[] = [];
  for (let i = 0; i < count; i++) {
    const op = OPS[view.getUint8(5 + i * 9)];
    const id = view.getFloat64(6 + i * 9);
    if (op === undefined || !Number.isSafeInteger(id) || id < 0) {
      throw new RaftInvariantError(
        'a membership change in the log names no valid operation or node',
      );
    }
    changes.push({ op, id });
  }
  return { transition, changes, context: bytes.slice(5 + count * 9) };
}

export function isConfChangeType(type: EntryType): boolean {
  return type !== 'normal';
}

/** The change in an entry, or null for an ordinary entry. */
export function confChangeOf(entry: Pick<Entry, 'type' | 'data'>): ConfChange | null {
  return isConfChangeType(entry.type) ? decodeConfChange(entry.data) : null;
}
