/** Files of a log's directory: names, atomic replacement, directory fsync. */
import { Buffer } from 'node:buffer';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Snapshot } from '../core/types.ts';
import { CodecError, encodeSnapshot, Reader, readSnapshot } from '../wire/codec.ts';
import { crc32c } from '../wire/crc32c.ts';
import { FileLogError } from './errors.ts';
import type { SnapshotReference } from './wal-format.ts';

const SEGMENT = /^wal-(\d{12})\.log$/;
const SNAPSHOT = /^snapshot-(\d+)-(\d+)\.bin$/;
export const WATERMARK_NAME = 'watermark';

export function segmentName(sequence: number): string {
  return `wal-${String(sequence).padStart(12, '0')}.log`;
}

export function snapshotName(at: SnapshotReference): string {
  return `snapshot-${at.term}-${at.index}.bin`;
}

/** Makes names (created, renamed, removed) durable: an fsync of the file alone does not. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a file that is there whole or not at all, durable when this resolves. */
export async function writeFileAtomically(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncDirectory(path.dirname(file));
}

/** Sequence numbers of the segments, ascending. */
export async function listSegments(directory: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir(directory)) {
    const match = SEGMENT.exec(name);
    if (match !== null) found.push(Number(match[1]));
  }
  return found.sort((a, b) => a - b);
}

/** Removes what a crash or a checkpoint left behind: temporary files, older segments, other snapshots. */
export async function removeStale(
  directory: string,
  keep: { readonly sequence: number; readonly snapshot: SnapshotReference | null },
): Promise<void> {
  const keptSnapshot = keep.snapshot === null ? null : snapshotName(keep.snapshot);
  for (const name of await readdir(directory)) {
    const segment = SEGMENT.exec(name);
    const stale =
      name.endsWith('.tmp') ||
      (segment !== null && Number(segment[1]) < keep.sequence) ||
      (SNAPSHOT.test(name) && name !== keptSnapshot);
    if (stale) await rm(path.join(directory, name), { force: true });
  }
}

export async function saveSnapshot(directory: string, snapshot: Snapshot): Promise<void> {
  const content = encodeSnapshot(snapshot);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32c(content));
  await writeFileAtomically(
    path.join(directory, snapshotName(snapshot)),
    Buffer.concat([checksum, content]),
  );
}

/** Throws FileLogError when the file is not what was written. */
export async function loadSnapshot(directory: string, at: SnapshotReference): Promise<Snapshot> {
  const file = path.join(directory, snapshotName(at));
  try {
    const bytes = await readFile(file);
    const content = bytes.subarray(4);
    if (bytes.length < 4 || crc32c(content) !== bytes.readUInt32BE(0)) {
      throw new CodecError('the checksum differs');
    }
    return readSnapshot(new Reader(content));
  } catch (cause) {
    throw new FileLogError('RAFT_LOG_CORRUPT', `the snapshot ${file} cannot be used`, {
      file,
      offset: 0,
      cause,
    });
  }
}
