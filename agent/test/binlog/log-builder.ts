/** Binlogs made by hand: bytes that mysqld would write, and ones that it would not. */
import { crc32 } from 'node:zlib';

export const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
export const OTHER_UUID = '4f22fa47-71ca-11e1-9e33-c80aa9429562';

/** Appends events with right sizes, positions and checksums. */
export class LogBuilder {
  readonly #parts: Buffer[] = [Buffer.from([0xfe, 0x62, 0x69, 0x6e])];
  #size = 4;

  /** Where the next event begins. */
  get size(): number {
    return this.#size;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  event(type: number, body: Uint8Array, flags = 0): this {
    const size = 19 + body.length + 4;
    const header = Buffer.alloc(19);
    header.writeUInt32LE(1_700_000_000, 0);
    header.writeUInt8(type, 4);
    header.writeUInt32LE(1, 5);
    header.writeUInt32LE(size, 9);
    header.writeUInt32LE(this.#size + size, 13);
    header.writeUInt16LE(0, 17);
    const trailer = Buffer.alloc(4);
    // As mysqld does: the checksum is that of the event without the flag.
    trailer.writeUInt32LE(crc32(body, crc32(header)), 0);
    header.writeUInt16LE(flags, 17);
    return this.raw(Buffer.concat([header, body, trailer]));
  }

  raw(bytes: Buffer): this {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    return this;
  }

  /** Format description with the checksum algorithm CRC32 and, unless `closed`, the in-use flag. */
  format(options: { readonly closed?: boolean } = {}): this {
    const body = Buffer.alloc(2 + 50 + 4 + 1 + 42 + 1);
    body.writeUInt16LE(4, 0);
    body.write('9.7.4', 2);
    body.writeUInt8(19, 56);
    body.writeUInt8(1, body.length - 1);
    return this.event(15, body, options.closed === true ? 0 : 1);
  }

  previous(
    sources: readonly { uuid: string; tag?: string; intervals: readonly [number, number][] }[],
  ): this {
    const tagged = sources.some((source) => source.tag !== undefined);
    const count = BigInt(sources.length);
    const parts = [u64(tagged ? (1n << 56n) | (count << 8n) | 1n : count)];
    for (const { uuid, tag = '', intervals } of sources) {
      parts.push(uuidBytes(uuid));
      if (tagged) parts.push(Buffer.from([tag.length << 1]), Buffer.from(tag));
      parts.push(u64(BigInt(intervals.length)));
      for (const [start, end] of intervals) parts.push(u64(BigInt(start)), u64(BigInt(end + 1)));
    }
    return this.event(35, Buffer.concat(parts));
  }

  gtid(number: number, uuid: string = UUID): this {
    const body = Buffer.concat([
      Buffer.from([1]),
      uuidBytes(uuid),
      u64(BigInt(number)),
      Buffer.alloc(17),
    ]);
    return this.event(33, body);
  }

  taggedGtid(number: number, tag: string): this {
    const fields = Buffer.concat([
      ...[varlen(0n), varlen(1n)],
      ...[varlen(1n), ...[...uuidBytes(UUID)].map((byte) => varlen(BigInt(byte)))],
      ...[varlen(2n), varlen(BigInt(number) << 1n)],
      ...[varlen(3n), varlen(BigInt(tag.length)), Buffer.from(tag)],
      ...[varlen(4n), varlen(77n)],
    ]);
    return this.event(
      42,
      Buffer.concat([varlen(1n), varlen(BigInt(fields.length)), varlen(4n), fields]),
    );
  }

  query(statement: string, options: { readonly ddlXid?: boolean } = {}): this {
    // SQL mode and time zone come before it, as they do in life.
    const variables = Buffer.concat([
      Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from([5, 6]),
      Buffer.from('SYSTEM'),
      ...(options.ddlXid === true ? [Buffer.from([17, 9, 0, 0, 0, 0, 0, 0, 0])] : []),
    ]);
    const fixed = Buffer.alloc(13);
    fixed.writeUInt8(4, 8);
    fixed.writeUInt16LE(variables.length, 11);
    return this.event(
      2,
      Buffer.concat([fixed, variables, Buffer.from('shop\0'), Buffer.from(statement)]),
    );
  }

  xid(): this {
    return this.event(16, Buffer.alloc(8));
  }

  /** A transaction of rows as InnoDB's are. */
  transaction(number: number): this {
    return this.gtid(number)
      .query('BEGIN')
      .event(19, Buffer.alloc(40))
      .event(30, Buffer.alloc(90))
      .xid();
  }
}

/** A number as MySQL's serialization library writes it. */
export function varlen(value: bigint): Buffer {
  let length = 1;
  while (length < 9 && value >= 1n << BigInt(7 * length)) length += 1;
  if (length === 9) return Buffer.concat([Buffer.from([0xff]), u64(value)]);
  const shifted = (value << BigInt(length)) | ((1n << BigInt(length - 1)) - 1n);
  return u64(shifted).subarray(0, length);
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}
