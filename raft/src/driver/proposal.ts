/** The driver's envelope around what applications propose, so that a node knows its own proposals when they are applied. */
import { Buffer } from 'node:buffer';
import type { NodeId } from '../core/types.ts';

/** `session` is drawn at every start: an entry of an earlier life matches nothing. */
export interface ProposalKey {
  readonly proposer: NodeId;
  readonly session: number;
  readonly sequence: number;
}

const VERSION = 1;
/** For witnesses: the key alone, the payload was left out. */
const KEY_ONLY = 2;
const HEADER = 25;

export function encodeProposal(key: ProposalKey, payload: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(HEADER + payload.length);
  out.writeUInt8(VERSION, 0);
  out.writeDoubleBE(key.proposer, 1);
  out.writeDoubleBE(key.session, 9);
  out.writeDoubleBE(key.sequence, 17);
  out.set(payload, HEADER);
  return out;
}

/** Null for an entry that no application proposed: the empty one of a new leader. */
export function decodeProposal(
  data: Uint8Array,
): { readonly key: ProposalKey; readonly payload: Uint8Array | null } | null {
  if (data.length < HEADER || (data[0] !== VERSION && data[0] !== KEY_ONLY)) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const key = {
    proposer: view.getFloat64(1),
    session: view.getFloat64(9),
    sequence: view.getFloat64(17),
  };
  return { key, payload: data[0] === VERSION ? data.subarray(HEADER) : null };
}

/** The same proposal as a witness gets it. */
export function withoutPayload(data: Uint8Array): Uint8Array {
  if (data.length < HEADER || data[0] !== VERSION) return data;
  // Not `slice`: of a Buffer that is a view, and the leader's own entry would change.
  const out = Uint8Array.from(data.subarray(0, HEADER));
  out[0] = KEY_ONLY;
  return out;
}
