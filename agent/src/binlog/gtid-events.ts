import { type Gtid, type GtidSet, GtidSetBuilder } from '@radondb/api/gtid';
import { VarlenReader } from './varlen.ts';

/** A set with tags is marked by this format number in the first and the last byte of its count. */
const TAGGED_FORMAT = 1n;

/** Gtid_log_event (33): flags, 16 bytes of uuid, number. */
export function decodeGtid(body: Buffer): Gtid {
  return { uuid: formatUuid(body, 1), number: toNumber(body.readBigInt64LE(17)) };
}

/**
 * Gtid_tagged_log_event (42), self-describing: version, size, last field that may not be ignored, then `field id, value` in
 * ascending order. 0 flags, 1 the uuid as 16 numbers, 2 the transaction's number, 3 the tag; the others do not matter here.
 */
export function decodeTaggedGtid(body: Buffer): Gtid {
  const reader = new VarlenReader(body);
  reader.unsigned();
  reader.unsigned();
  reader.unsigned();
  let uuid: Buffer | undefined;
  let number: bigint | undefined;
  let tag: string | undefined;
  while (tag === undefined) {
    const field = reader.unsigned();
    if (field === 0n) reader.unsigned();
    else if (field === 1n)
      uuid = Buffer.from(Array.from({ length: 16 }, () => Number(reader.unsigned())));
    else if (field === 2n) number = reader.signed();
    else if (field === 3n) tag = reader.text();
    else throw new RangeError(`unexpected field ${field} in a tagged GTID event`);
  }
  if (uuid === undefined || number === undefined)
    throw new RangeError('a tagged GTID event without uuid or number');
  return { uuid: formatUuid(uuid, 0), number: toNumber(number), tag };
}

/** Previous_gtids_log_event (35), in both encodings. The end of an interval is outside it there. */
export function decodePreviousGtids(body: Buffer): GtidSet {
  const first = body.readBigUInt64LE(0);
  const format = first >> 56n;
  if (format > TAGGED_FORMAT) throw new RangeError(`unknown format ${format} of a GTID set`);
  const tagged = format === TAGGED_FORMAT;
  const sources = tagged ? (first >> 8n) & 0xff_ff_ff_ff_ff_ffn : first;
  const builder = new GtidSetBuilder();
  let at = 8;
  for (let i = 0n; i < sources; i += 1n) {
    const uuid = formatUuid(body, at);
    at += 16;
    let tag = '';
    if (tagged) {
      const reader = new VarlenReader(body, at);
      tag = reader.text();
      at = reader.position;
    }
    const intervals = body.readBigUInt64LE(at);
    at += 8;
    for (let j = 0n; j < intervals; j += 1n) {
      const start = toNumber(body.readBigInt64LE(at));
      const end = toNumber(body.readBigInt64LE(at + 8)) - 1;
      builder.addInterval({ uuid, tag, start, end });
      at += 16;
    }
  }
  return builder.build();
}

function toNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new RangeError(`${value} is not a transaction number`);
  return number;
}

function formatUuid(bytes: Buffer, at: number): string {
  if (at + 16 > bytes.length) throw new RangeError('uuid runs over the end');
  const hex = bytes.toString('hex', at, at + 16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
