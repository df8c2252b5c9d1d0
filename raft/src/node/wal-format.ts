/**
 * The write-ahead log's bytes. A segment starts with a magic word and the format version; then records follow:
 * `u32 length | u32 crc32c | u8 type | payload`, where length counts type and payload and the checksum of every
 * record continues from the one before it, so that no record can be moved, dropped or left over from another file.
 */
import { Buffer } from 'node:buffer';
import type { Entry, HardState } from '../core/types.ts';
import type { LogIdentity } from '../ports.ts';
import { CodecError, entryBytes, Reader, writeEntry } from '../wire/codec.ts';
import { crc32c } from '../wire/crc32c.ts';

export const WAL_FORMAT_VERSION = 1;
export const MAGIC = Buffer.from('RAFTWAL\0', 'latin1');
/** Magic word and u32 version. */
export const PREAMBLE_BYTES = MAGIC.length + 4;
const RECORD_HEADER = 8;

const TYPE = { identity: 1, hardState: 2, entry: 3, snapshot: 4, peers: 5 } as const;

/** Where the state machine's snapshot lies: index and term name the file. */
export interface SnapshotReference {
  readonly index: number;
  readonly term: number;
}

export type WalRecord =
  | { readonly kind: 'identity'; readonly identity: LogIdentity }
  | { readonly kind: 'hard-state'; readonly hardState: HardState }
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'snapshot'; readonly snapshot: SnapshotReference }
  | { readonly kind: 'peers'; readonly peers: Readonly<Record<string, string>> };

function f64s(...numbers: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(numbers.length * 8);
  let at = 0;
  for (const number of numbers) at = out.writeDoubleBE(number, at);
  return out;
}

function body(record: WalRecord): { readonly type: number; readonly payload: Buffer } {
  switch (record.kind) {
    case 'identity':
      return { type: TYPE.identity, payload: Buffer.from(JSON.stringify(record.identity)) };
    case 'hard-state': {
      const { term, vote, commit } = record.hardState;
      return { type: TYPE.hardState, payload: f64s(term, vote, commit) };
    }
    case 'entry': {
      const payload = Buffer.allocUnsafe(entryBytes(record.entry));
      writeEntry(payload, 0, record.entry);
      return { type: TYPE.entry, payload };
    }
    case 'snapshot':
      return {
        type: TYPE.snapshot,
        payload: f64s(record.snapshot.index, record.snapshot.term),
      };
    case 'peers':
      return { type: TYPE.peers, payload: Buffer.from(JSON.stringify(record.peers)) };
  }
}

/** Encodes records that follow a record with the checksum `chain`. */
export function encodeRecords(
  records: readonly WalRecord[],
  chain: number,
): { readonly bytes: Buffer; readonly chain: number } {
  const parts: Buffer[] = [];
  let crc = chain;
  for (const record of records) {
    const { type, payload } = body(record);
    const part = Buffer.allocUnsafe(RECORD_HEADER + 1 + payload.length);
    part.writeUInt32BE(payload.length + 1, 0);
    part.writeUInt8(type, RECORD_HEADER);
    part.set(payload, RECORD_HEADER + 1);
    crc = crc32c(part.subarray(RECORD_HEADER), crc);
    part.writeUInt32BE(crc, 4);
    parts.push(part);
  }
  return { bytes: Buffer.concat(parts), chain: crc };
}

export function preamble(): Buffer {
  const out = Buffer.alloc(PREAMBLE_BYTES);
  out.set(MAGIC);
  out.writeUInt32BE(WAL_FORMAT_VERSION, MAGIC.length);
  return out;
}

function parseRecord(bytes: Uint8Array): WalRecord {
  const reader = new Reader(bytes.subarray(1));
  const json = (): unknown => JSON.parse(Buffer.from(bytes.subarray(1)).toString('utf8'));
  const type: number = bytes[0] ?? 0;
  switch (type) {
    case TYPE.identity:
      return { kind: 'identity', identity: json() as LogIdentity };
    case TYPE.hardState: {
      const hardState = { term: reader.number(), vote: reader.number(), commit: reader.number() };
      return { kind: 'hard-state', hardState };
    }
    case TYPE.entry:
      return { kind: 'entry', entry: reader.entry() };
    case TYPE.snapshot:
      return { kind: 'snapshot', snapshot: { index: reader.number(), term: reader.number() } };
    case TYPE.peers:
      return { kind: 'peers', peers: json() as Record<string, string> };
    default:
      throw new CodecError('a record has an unknown type');
  }
}

export interface ParsedSegment {
  readonly records: readonly WalRecord[];
  /** Where the last good record ends. */
  readonly end: number;
  readonly chain: number;
  /** True when anything but zeroes follows. */
  readonly damaged: boolean;
}

/** Reads records until the first that is not whole. Decides nothing about what that means. */
export function parseSegment(bytes: Buffer): ParsedSegment {
  const records: WalRecord[] = [];
  let at = PREAMBLE_BYTES;
  let chain = 0;
  while (at + RECORD_HEADER < bytes.length) {
    const length = bytes.readUInt32BE(at);
    const end = at + RECORD_HEADER + length;
    if (length === 0 || end > bytes.length) break;
    const content = bytes.subarray(at + RECORD_HEADER, end);
    const crc = crc32c(content, chain);
    if (crc !== bytes.readUInt32BE(at + 4)) break;
    // A record with a good checksum that cannot be read was written by something else: that is no torn tail,
    // and the error goes up.
    records.push(parseRecord(content));
    chain = crc;
    at = end;
  }
  const damaged = bytes.subarray(at).some((byte) => byte !== 0);
  return { records, end: at, chain, damaged };
}
