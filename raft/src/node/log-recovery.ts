/** Reads a segment back and decides whether its end is a write that never finished or damage. */
import { readFile } from 'node:fs/promises';
import {
  EMPTY_HARD_STATE,
  type Entry,
  type HardState,
  type NodeId,
  type Snapshot,
} from '../core/types.ts';
import type { LogIdentity, LogState } from '../ports.ts';
import { FileLogError } from './errors.ts';
import { loadSnapshot } from './log-directory.ts';
import {
  MAGIC,
  type ParsedSegment,
  PREAMBLE_BYTES,
  parseSegment,
  type SnapshotReference,
  WAL_FORMAT_VERSION,
} from './wal-format.ts';

export interface RecoveredSegment {
  readonly identity: LogIdentity;
  readonly state: LogState;
  readonly end: number;
  readonly chain: number;
  /** Something behind `end` must be cut off. */
  readonly torn: boolean;
}

function corrupt(file: string, offset: number, what: string, cause?: unknown): FileLogError {
  return new FileLogError(
    'RAFT_LOG_CORRUPT',
    `${file} is damaged at byte ${offset}: ${what}. Remove this node from the cluster, wipe its directory and add it again`,
    { file, offset, cause },
  );
}

function checkPreamble(bytes: Buffer, file: string): void {
  if (bytes.length < PREAMBLE_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw corrupt(file, 0, 'it does not begin as a log does');
  }
  const version = bytes.readUInt32BE(MAGIC.length);
  if (version < 1) throw corrupt(file, MAGIC.length, `there is no format ${version}`);
  if (version > WAL_FORMAT_VERSION) {
    throw new FileLogError(
      'RAFT_LOG_NEWER_FORMAT',
      `${file} has format ${version}; this version reads up to ${WAL_FORMAT_VERSION}: run the newer version`,
      { file },
    );
  }
}

function parse(bytes: Buffer, file: string, durable: number): ParsedSegment {
  let parsed: ParsedSegment;
  try {
    parsed = parseSegment(bytes);
  } catch (cause) {
    throw corrupt(file, PREAMBLE_BYTES, 'a record with a good checksum cannot be read', cause);
  }
  // What was fsynced must be there. Behind it, a crash may have left any part of a write.
  if (parsed.end < durable) {
    throw corrupt(file, parsed.end, `a record is broken, but ${durable} bytes were durable`);
  }
  return parsed;
}

interface Replayed {
  readonly hardState: HardState;
  readonly snapshot: SnapshotReference | null;
  readonly entries: readonly Entry[];
  readonly peers: Readonly<Record<string, string>>;
}

function replay(parsed: ParsedSegment, file: string): Replayed {
  let hardState: HardState = EMPTY_HARD_STATE;
  let snapshot: SnapshotReference | null = null;
  let peers: Readonly<Record<string, string>> = {};
  const entries: Entry[] = [];
  for (const record of parsed.records) {
    if (record.kind === 'hard-state') hardState = record.hardState;
    else if (record.kind === 'snapshot') snapshot = record.snapshot;
    else if (record.kind === 'peers') peers = record.peers;
    else if (record.kind === 'entry') {
      const first = entries[0]?.index ?? record.entry.index;
      const place = record.entry.index - first;
      if (place < 0) entries.length = 0;
      else if (place > entries.length) throw corrupt(file, 0, 'an entry is missing');
      else entries.length = place;
      entries.push(record.entry);
    }
  }
  return { hardState, snapshot, entries, peers };
}

/** Throws FileLogError. */
export async function readSegment(input: {
  readonly directory: string;
  readonly file: string;
  /** Bytes known to be durable. */
  readonly durable: number;
  readonly expected: { readonly clusterId: string; readonly nodeId: NodeId };
}): Promise<RecoveredSegment> {
  const { directory, file, durable, expected } = input;
  const bytes = await readFile(file);
  checkPreamble(bytes, file);
  const parsed = parse(bytes, file, durable);
  const [head] = parsed.records;
  if (head?.kind !== 'identity') throw corrupt(file, PREAMBLE_BYTES, 'it does not say whose it is');
  const { identity } = head;
  if (identity.clusterId !== expected.clusterId || identity.nodeId !== expected.nodeId) {
    throw new FileLogError(
      'RAFT_LOG_FOREIGN',
      `${file} belongs to node ${identity.nodeId} of cluster ${identity.clusterId}, not to node ${expected.nodeId} of cluster ${expected.clusterId}`,
      { file },
    );
  }
  const { hardState, snapshot, entries, peers } = replay(parsed, file);
  const loaded: Snapshot | null =
    snapshot === null ? null : await loadSnapshot(directory, snapshot);
  const last = entries.at(-1)?.index ?? loaded?.index ?? 0;
  if (hardState.commit > last) throw corrupt(file, parsed.end, 'committed entries are missing');
  return {
    identity,
    state: { hardState, snapshot: loaded, entries, peers },
    end: parsed.end,
    chain: parsed.chain,
    torn: parsed.damaged,
  };
}
