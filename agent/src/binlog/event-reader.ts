import { crc32 } from 'node:zlib';
import { BinlogCorruptError, BinlogEncryptedError } from './errors.ts';
import {
  type BinlogEvent,
  CHECKSUM_BYTES,
  EVENT_TYPE,
  type EventHeader,
  HEADER_BYTES,
  IN_USE_FLAG,
  readHeader,
} from './event-types.ts';

const MAGIC = Buffer.from([0xfe, 0x62, 0x69, 0x6e]);
const ENCRYPTED_MAGIC = Buffer.from([0xfd, 0x62, 0x69, 0x6e]);
/** Post-header 13, status variables ≤ 64 KiB, a database's name and the statement's first words. */
const QUERY_BYTES = 0x1_04_00;
const CHECKSUM_ALGORITHM_CRC32 = 1;

/** Types whose whole body is handed out. Rows, which are nearly all bytes of a file, are checked and skipped. */
const WHOLE = new Set<number>([
  EVENT_TYPE.FORMAT_DESCRIPTION,
  EVENT_TYPE.GTID,
  EVENT_TYPE.GTID_TAGGED,
  EVENT_TYPE.ANONYMOUS_GTID,
  EVENT_TYPE.PREVIOUS_GTIDS,
]);

interface Pending {
  readonly header: EventHeader;
  readonly offset: number;
  readonly kept: Buffer;
  keptLength: number;
  /** Bytes after the header that have been seen. */
  seen: number;
  crc: number;
  readonly trailer: Buffer;
  trailerLength: number;
}

/** How a file ends. `torn`: the last event is not wholly there (`offset` is where it begins). */
export type FileEnd =
  | { readonly kind: 'whole'; readonly size: number }
  | { readonly kind: 'torn'; readonly size: number; readonly offset: number };

/**
 * Events out of the bytes of one file, in any portions, with memory for one event's head only. Every checksum is verified.
 * The last event of the file may be torn, and a wrong checksum of an event that ends exactly at the end of the file counts as
 * torn too; anything wrong before it is a BinlogCorruptError.
 */
export class BinlogEventReader {
  readonly #file: string;
  readonly #head = Buffer.alloc(HEADER_BYTES);
  #headLength = 0;
  #magicLength = 0;
  #offset = 0;
  #checksums = true;
  #pending: Pending | null = null;
  /** Set when something was wrong; only the end of the file may follow. */
  #bad: { readonly offset: number; readonly reason: string; readonly zeros: boolean } | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** Something was wrong, which only a torn end may be: nothing can be read on from here. */
  get isBad(): boolean {
    return this.#bad !== null;
  }

  /** @throws BinlogCorruptError, BinlogEncryptedError */
  *push(chunk: Buffer): Generator<BinlogEvent> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bad !== null) {
        this.#rejectAfterBad(chunk, at);
        this.#offset += chunk.length - at;
        return;
      }
      if (this.#magicLength < MAGIC.length) at += this.#takeMagic(chunk, at);
      else if (this.#pending === null) at += this.#takeHeader(chunk, at);
      else at += this.#takeBody(this.#pending, chunk, at);
      const event = this.#finished();
      if (event !== null) yield event;
    }
  }

  /** Call when the file has ended. */
  end(): FileEnd {
    const size = this.#offset;
    if (this.#bad !== null) return { kind: 'torn', size, offset: this.#bad.offset };
    if (this.#pending !== null) return { kind: 'torn', size, offset: this.#pending.offset };
    if (this.#headLength > 0) return { kind: 'torn', size, offset: size - this.#headLength };
    if (this.#magicLength < MAGIC.length) return { kind: 'torn', size, offset: 0 };
    return { kind: 'whole', size };
  }

  #takeMagic(chunk: Buffer, at: number): number {
    const wanted = this.#magicLength;
    const byte = chunk.readUInt8(at);
    if (wanted === 0 && byte === ENCRYPTED_MAGIC[0]) throw new BinlogEncryptedError(this.#file);
    if (byte !== MAGIC[wanted]) throw this.#corrupt(0, 'it does not begin with fe 62 69 6e');
    this.#magicLength += 1;
    this.#offset += 1;
    return 1;
  }

  #takeHeader(chunk: Buffer, at: number): number {
    const taken = Math.min(HEADER_BYTES - this.#headLength, chunk.length - at);
    chunk.copy(this.#head, this.#headLength, at, at + taken);
    this.#headLength += taken;
    this.#offset += taken;
    if (this.#headLength < HEADER_BYTES) return taken;
    this.#headLength = 0;
    const header = readHeader(this.#head);
    const offset = this.#offset - HEADER_BYTES;
    if (header.size < HEADER_BYTES + CHECKSUM_BYTES) {
      // A file system may show blocks of zeros that were never written, after a power loss.
      this.#bad = {
        offset,
        reason: `event of ${header.size} bytes`,
        zeros: this.#head.every((byte) => byte === 0),
      };
      if (!this.#bad.zeros) throw this.#corrupt(offset, this.#bad.reason);
      return taken;
    }
    this.#pending = this.#begin(header, offset);
    return taken;
  }

  #begin(header: EventHeader, offset: number): Pending {
    let crc = crc32(this.#head);
    if (header.type === EVENT_TYPE.FORMAT_DESCRIPTION) {
      // The flag is set and cleared in place; the checksum is that of the event without it.
      const masked = Buffer.from(this.#head);
      masked.writeUInt16LE(header.flags & ~IN_USE_FLAG, 17);
      crc = crc32(masked);
    }
    const bodyLength = header.size - HEADER_BYTES;
    let keep = 0;
    if (WHOLE.has(header.type)) keep = bodyLength;
    else if (header.type === EVENT_TYPE.QUERY) keep = Math.min(bodyLength, QUERY_BYTES);
    // A torn header could claim 4 GiB: room is made as the bytes come, see `#keep`.
    const kept = Buffer.alloc(Math.min(keep, QUERY_BYTES));
    return {
      header,
      offset,
      kept,
      keptLength: 0,
      seen: 0,
      crc,
      trailer: Buffer.alloc(CHECKSUM_BYTES),
      trailerLength: 0,
    };
  }

  #takeBody(pending: Pending, chunk: Buffer, at: number): number {
    const bodyLength = pending.header.size - HEADER_BYTES;
    const taken = Math.min(bodyLength - pending.seen, chunk.length - at);
    const part = chunk.subarray(at, at + taken);
    const beforeTrailer = Math.max(0, Math.min(taken, bodyLength - CHECKSUM_BYTES - pending.seen));
    if (beforeTrailer > 0) pending.crc = crc32(part.subarray(0, beforeTrailer), pending.crc);
    if (beforeTrailer < taken) {
      part.copy(pending.trailer, pending.trailerLength, beforeTrailer);
      pending.trailerLength += taken - beforeTrailer;
    }
    this.#pending = keepBytes(pending, part);
    this.#pending.seen += taken;
    this.#offset += taken;
    return taken;
  }

  #finished(): BinlogEvent | null {
    const pending = this.#pending;
    if (pending === null || pending.seen < pending.header.size - HEADER_BYTES) return null;
    this.#pending = null;
    const isFormat = pending.header.type === EVENT_TYPE.FORMAT_DESCRIPTION;
    // The algorithm is the byte before the checksum, which a format description always has room for.
    if (isFormat)
      this.#checksums =
        pending.kept.readUInt8(pending.keptLength - CHECKSUM_BYTES - 1) ===
        CHECKSUM_ALGORITHM_CRC32;
    if (this.#checksums && pending.trailer.readUInt32LE(0) !== pending.crc) {
      this.#bad = { offset: pending.offset, reason: 'wrong checksum', zeros: false };
      return null;
    }
    const end =
      this.#checksums || isFormat
        ? pending.header.size - HEADER_BYTES - CHECKSUM_BYTES
        : pending.keptLength;
    const body = pending.kept.subarray(0, Math.min(pending.keptLength, end));
    return { ...pending.header, offset: pending.offset, body };
  }

  #rejectAfterBad(chunk: Buffer, at: number): void {
    const bad = this.#bad;
    if (bad === null) return;
    if (bad.zeros && chunk.subarray(at).every((byte) => byte === 0)) return;
    throw this.#corrupt(bad.offset, bad.reason);
  }

  #corrupt(offset: number, reason: string): BinlogCorruptError {
    return new BinlogCorruptError(this.#file, offset, reason);
  }
}

function keepBytes(pending: Pending, part: Buffer): Pending {
  const bodyLength = pending.header.size - HEADER_BYTES;
  const whole = WHOLE.has(pending.header.type);
  const limit = whole ? bodyLength : pending.kept.length;
  const taken = Math.min(part.length, limit - pending.keptLength);
  if (taken <= 0) return pending;
  let { kept } = pending;
  if (pending.keptLength + taken > kept.length) {
    kept = Buffer.alloc(Math.min(limit, Math.max(kept.length * 2, pending.keptLength + taken)));
    pending.kept.copy(kept, 0, 0, pending.keptLength);
  }
  part.copy(kept, pending.keptLength, 0, taken);
  return { ...pending, kept, keptLength: pending.keptLength + taken };
}
