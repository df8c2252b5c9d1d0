/** A snapshot's data: the members' addresses, then the state machine's own bytes. */
import { Buffer } from 'node:buffer';
import { RaftInvariantError } from '../core/errors.ts';
import type { NodeId } from '../core/types.ts';
import type { MemberRecord } from './members.ts';

interface Header {
  readonly version: 1;
  readonly members: readonly (readonly [NodeId, MemberRecord])[];
  /** False for the snapshot that every cluster begins with: the state machine has no state yet. */
  readonly hasState: boolean;
}

export interface SnapshotData {
  readonly members: readonly (readonly [NodeId, MemberRecord])[];
  readonly state: Uint8Array | null;
}

export function encodeSnapshotData(data: SnapshotData): Uint8Array {
  const header: Header = { version: 1, members: data.members, hasState: data.state !== null };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, data.state ?? new Uint8Array(0)]);
}

export function decodeSnapshotData(bytes: Uint8Array): SnapshotData {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 4) throw new RaftInvariantError('a snapshot is too short');
  const end = 4 + buffer.readUInt32BE(0);
  const header = JSON.parse(buffer.subarray(4, end).toString('utf8')) as Header;
  if (header.version !== 1) {
    throw new RaftInvariantError(
      `a snapshot has format ${String(header.version)}: run the newer version`,
    );
  }
  return { members: header.members, state: header.hasState ? buffer.subarray(end) : null };
}
