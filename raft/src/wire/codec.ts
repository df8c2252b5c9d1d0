/** Bytes of entries, snapshots and messages. Numbers travel as f64 and are checked against 2^53 on arrival. */
import { Buffer } from 'node:buffer';
import type { ConfState, Entry, EntryType, Message, MessageType, Snapshot } from '../core/types.ts';

/** Bytes from disk or network that do not follow the format. */
export class CodecError extends Error {
  readonly code = 'RAFT_CODEC';
  constructor(message: string) {
    super(message);
    this.name = 'CodecError';
  }
}

const ENTRY_TYPES: readonly EntryType[] = ['normal', 'conf-change', 'conf-change-v2'];
/** Only what may travel; the place in this list is the number on the wire: append, never reorder. */
const MESSAGE_TYPES: readonly MessageType[] = [
  'propose',
  'append',
  'append-response',
  'vote',
  'vote-response',
  'snapshot',
  'heartbeat',
  'heartbeat-response',
  'transfer-leader',
  'timeout-now',
  'read-index',
  'read-index-response',
  'pre-vote',
  'pre-vote-response',
  'snapshot-part',
  'snapshot-part-response',
];

const ENTRY_HEADER = 21;
const MESSAGE_HEADER = 2 + 9 * 8 + 4;

export function entryBytes(entry: Entry): number {
  return ENTRY_HEADER + entry.data.length;
}

/** Layout: f64 index, f64 term, u8 type, u32 length, data. Returns the offset behind it. */
export function writeEntry(into: Buffer, offset: number, entry: Entry): number {
  into.writeDoubleBE(entry.index, offset);
  into.writeDoubleBE(entry.term, offset + 8);
  into.writeUInt8(ENTRY_TYPES.indexOf(entry.type), offset + 16);
  into.writeUInt32BE(entry.data.length, offset + 17);
  into.set(entry.data, offset + ENTRY_HEADER);
  return offset + ENTRY_HEADER + entry.data.length;
}

/** Reads in order and refuses to read past the end. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) throw new CodecError('the bytes end too early');
    this.#at = at + count;
    return at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** A non-negative safe integer. */
  number(): number {
    const value = this.#bytes.readDoubleBE(this.#take(8));
    if (!Number.isSafeInteger(value) || value < 0) throw new CodecError('a number is out of range');
    return value;
  }

  /** A copy, so that it does not keep a whole network buffer alive. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return Uint8Array.from(this.#bytes.subarray(at, at + count));
  }

  entry(): Entry {
    const index = this.number();
    const term = this.number();
    const type = ENTRY_TYPES[this.u8()];
    if (type === undefined) throw new CodecError('an entry has an unknown type');
    return { index, term, type, data: this.bytes(this.u32()) };
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }
}

const encodeConfState = (state: ConfState): Buffer => Buffer.from(JSON.stringify(state));

function idList(value: unknown): number[] {
  if (!Array.isArray(value) || !value.every((id) => Number.isSafeInteger(id))) {
    throw new CodecError('a membership holds something that is no node id');
  }
  return value as number[];
}

function decodeConfState(bytes: Uint8Array): ConfState {
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new CodecError(`a membership is no JSON: ${String(cause)}`);
  }
  return {
    voters: idList(raw['voters']),
    votersOutgoing: idList(raw['votersOutgoing']),
    learners: idList(raw['learners']),
    learnersNext: idList(raw['learnersNext']),
    autoLeave: raw['autoLeave'] === true,
  };
}

/** Layout: f64 index, f64 term, u32 + membership, u32 + data. */
export function encodeSnapshot(snapshot: Snapshot): Buffer {
  const membership = encodeConfState(snapshot.confState);
  const out = Buffer.allocUnsafe(24 + membership.length + snapshot.data.length);
  out.writeDoubleBE(snapshot.index, 0);
  out.writeDoubleBE(snapshot.term, 8);
  out.writeUInt32BE(membership.length, 16);
  out.set(membership, 20);
  out.writeUInt32BE(snapshot.data.length, 20 + membership.length);
  out.set(snapshot.data, 24 + membership.length);
  return out;
}

export function readSnapshot(reader: Reader): Snapshot {
  const index = reader.number();
  const term = reader.number();
  const confState = decodeConfState(reader.bytes(reader.u32()));
  return { index, term, confState, data: reader.bytes(reader.u32()) };
}

export function encodeMessage(from: Message): Buffer {
  const snapshot = from.snapshot === null ? null : encodeSnapshot(from.snapshot);
  let size = MESSAGE_HEADER + (snapshot?.length ?? 0);
  for (const entry of from.entries) size += entryBytes(entry);
  const out = Buffer.allocUnsafe(size);
  const type = MESSAGE_TYPES.indexOf(from.type);
  if (type < 0) throw new CodecError(`a ${from.type} message must not travel`);
  out.writeUInt8(type, 0);
  out.writeUInt8((from.reject ? 1 : 0) | (from.transfer ? 2 : 0) | (snapshot === null ? 0 : 4), 1);
  const numbers = [
    from.to,
    from.from,
    from.term,
    from.logTerm,
    from.index,
    from.commit,
    from.vote,
    from.rejectHint,
    from.readId,
  ];
  let at = 2;
  for (const number of numbers) at = out.writeDoubleBE(number, at);
  at = out.writeUInt32BE(from.entries.length, at);
  for (const entry of from.entries) at = writeEntry(out, at, entry);
  if (snapshot !== null) out.set(snapshot, at);
  return out;
}

/** Throws CodecError. */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new Reader(bytes);
  const type = MESSAGE_TYPES[reader.u8()];
  if (type === undefined) throw new CodecError('a message has an unknown type');
  const flags = reader.u8();
  const to = reader.number();
  const from = reader.number();
  const term = reader.number();
  const logTerm = reader.number();
  const index = reader.number();
  const commit = reader.number();
  const vote = reader.number();
  const rejectHint = reader.number();
  const readId = reader.number();
  const count = reader.u32();
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) entries.push(reader.entry());
  const snapshot = (flags & 4) === 0 ? null : readSnapshot(reader);
  if (!reader.atEnd) throw new CodecError('bytes are left behind a message');
  return {
    type,
    to,
    from,
    term,
    logTerm,
    index,
    entries,
    commit,
    vote,
    snapshot,
    reject: (flags & 1) !== 0,
    rejectHint,
    transfer: (flags & 2) !== 0,
    readId,
    responses: [],
  };
}
