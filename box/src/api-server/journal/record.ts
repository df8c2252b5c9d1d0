import { crc32 } from 'node:zlib';
import { isObject, type KubeObject } from '../object.ts';

/** One write: `object` null is a deletion. */
export interface JournalRecord {
  readonly revision: number;
  readonly key: string;
  readonly object: KubeObject | null;
}

/** One line: a checksum over the rest, a space, JSON. */
export function encodeRecord(record: JournalRecord): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/** @returns null when the line is not what was written. */
export function decodeRecord(line: string): JournalRecord | null {
  const json = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) return null;
  const value: unknown = JSON.parse(json);
  if (
    !isObject(value) ||
    typeof value['revision'] !== 'number' ||
    typeof value['key'] !== 'string'
  ) {
    return null;
  }
  return value as unknown as JournalRecord;
}
