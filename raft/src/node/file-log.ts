/**
 * The write-ahead log in a directory. One segment is live; it begins with everything that an older one held and
 * still matters, so that a checkpoint replaces the whole by one rename. No call after `open` blocks the thread.
 */
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { EMPTY_HARD_STATE } from '../core/types.ts';
import type { FsyncStats, LogBatch, LogIdentity, LogState, LogStore } from '../ports.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { FileLogError } from './errors.ts';
import { LatencyWindow } from './latency-window.ts';
import {
  listSegments,
  removeStale,
  saveSnapshot,
  segmentName,
  syncDirectory,
  WATERMARK_NAME,
  writeFileAtomically,
} from './log-directory.ts';
import { readSegment } from './log-recovery.ts';
import { encodeRecords, preamble, type WalRecord } from './wal-format.ts';
import { readWatermark, WatermarkFile } from './watermark.ts';

export interface FileLogOptions {
  /** Created when absent. One process at a time: another one is refused with `RAFT_LOG_IN_USE`. */
  readonly directory: string;
  readonly clusterId: string;
  readonly nodeId: number;
  /**
   * Test only: stands between the log and its file, to make writes fail.
   * @internal
   */
  readonly faults?: { readonly beforeWrite?: () => void; readonly beforeSync?: () => void };
}

/** Zeroes written ahead, so that an fsync need not change the file's length. */
const PREALLOCATE_BYTES = 1024 * 1024;

interface Segment {
  readonly sequence: number;
  readonly handle: FileHandle;
  offset: number;
  allocated: number;
  chain: number;
}

/** The LogStore of a real node. Every method rejects with FileLogError. */
export class FileLog implements LogStore {
  readonly identity: LogIdentity;
  readonly recovered: LogState;
  readonly #directory: string;
  readonly #faults: FileLogOptions['faults'];
  readonly #watermark: WatermarkFile;
  readonly #lock: DirectoryLock;
  readonly #fsync = new LatencyWindow();
  #segment: Segment;
  #failure: FileLogError | null = null;
  #closed = false;

  private constructor(
    options: FileLogOptions,
    found: {
      readonly identity: LogIdentity;
      readonly state: LogState;
      readonly segment: Segment;
      readonly watermark: WatermarkFile;
      readonly lock: DirectoryLock;
    },
  ) {
    this.#directory = options.directory;
    this.#faults = options.faults;
    this.identity = found.identity;
    this.recovered = found.state;
    this.#segment = found.segment;
    this.#watermark = found.watermark;
    this.#lock = found.lock;
  }

  /**
   * Opens or creates the log. A torn tail is cut off; anything else that is wrong refuses, with a FileLogError that
   * names the file and the offset.
   */
  static async open(options: FileLogOptions): Promise<FileLog> {
    const { directory } = options;
    await mkdir(directory, { recursive: true });
    await syncDirectory(path.dirname(path.resolve(directory)));
    const lock = await lockDirectory(directory);
    try {
      return await FileLog.#openLocked(options, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  static async #openLocked(options: FileLogOptions, lock: DirectoryLock): Promise<FileLog> {
    const { directory } = options;
    const mark = await readWatermark(path.join(directory, WATERMARK_NAME));
    const sequence = (await listSegments(directory)).at(-1);
    if (sequence === undefined || (mark !== null && mark.segment > sequence)) {
      if (mark !== null) {
        const file = path.join(directory, segmentName(mark.segment));
        const message = `${file} is missing, but it was written to`;
        throw new FileLogError('RAFT_LOG_CORRUPT', message, { file, offset: 0 });
      }
      return FileLog.#create(options, lock);
    }
    const file = path.join(directory, segmentName(sequence));
    const durable = mark?.segment === sequence ? mark.offset : 0;
    const found = await readSegment({ directory, file, durable, expected: options });
    await removeStale(directory, { sequence, snapshot: found.state.snapshot });
    const handle = await open(file, 'r+');
    if (found.torn) {
      await handle.truncate(found.end);
      await handle.sync();
    }
    const { end, chain, identity, state } = found;
    const segment = { sequence, handle, offset: end, allocated: end, chain };
    const watermark = await WatermarkFile.open(path.join(directory, WATERMARK_NAME));
    return new FileLog(options, { identity, state, segment, watermark, lock });
  }

  static async #create(options: FileLogOptions, lock: DirectoryLock): Promise<FileLog> {
    const { directory, clusterId, nodeId } = options;
    const identity: LogIdentity = { clusterId, nodeId, incarnation: randomUUID() };
    const state: LogState = {
      hardState: EMPTY_HARD_STATE,
      snapshot: null,
      entries: [],
      peers: {},
    };
    const segment = await createSegment(directory, 1, [{ kind: 'identity', identity }]);
    const watermark = await WatermarkFile.open(path.join(directory, WATERMARK_NAME));
    watermark.advance({ segment: 1, offset: segment.offset });
    await watermark.settle();
    await syncDirectory(directory);
    return new FileLog(options, { identity, state, segment, watermark, lock });
  }

  get fsync(): FsyncStats {
    return {
      p50Ms: this.#fsync.percentile(0.5),
      p99Ms: this.#fsync.percentile(0.99),
      count: this.#fsync.count,
    };
  }

  #check(): void {
    const file = path.join(this.#directory, segmentName(this.#segment.sequence));
    if (this.#failure !== null) throw this.#failure;
    if (this.#closed) throw new FileLogError('RAFT_LOG_CLOSED', 'the log is closed', { file });
  }

  /** Runs one change; the first that fails is the last that runs. */
  async #guard(work: () => Promise<void>): Promise<void> {
    this.#check();
    try {
      await work();
    } catch (cause) {
      const file = path.join(this.#directory, segmentName(this.#segment.sequence));
      this.#failure ??= new FileLogError(
        'RAFT_LOG_FAILED',
        `writing ${file} failed; nothing more is written in this process, for the system may have dropped what it could not write`,
        { file, cause },
      );
      throw this.#failure;
    }
  }

  async write(batch: LogBatch): Promise<void> {
    const records: WalRecord[] = [];
    if (batch.hardState !== null) records.push({ kind: 'hard-state', hardState: batch.hardState });
    if (batch.peers !== undefined) records.push({ kind: 'peers', peers: batch.peers });
    for (const entry of batch.entries) records.push({ kind: 'entry', entry });
    if (records.length > 0) await this.#guard(() => this.#append(records));
  }

  async #append(records: readonly WalRecord[]): Promise<void> {
    const segment = this.#segment;
    const { bytes, chain } = encodeRecords(records, segment.chain);
    this.#faults?.beforeWrite?.();
    let content = bytes;
    const end = segment.offset + bytes.length;
    if (end > segment.allocated) {
      content = Buffer.concat([bytes, Buffer.alloc(PREALLOCATE_BYTES)]);
      segment.allocated = end + PREALLOCATE_BYTES;
    }
    await writeAll(segment.handle, content, segment.offset);
    const started = performance.now();
    this.#faults?.beforeSync?.();
    await segment.handle.datasync();
    this.#fsync.add(performance.now() - started);
    segment.offset = end;
    segment.chain = chain;
    this.#watermark.advance({ segment: segment.sequence, offset: end });
  }

  async checkpoint(state: LogState): Promise<void> {
    await this.#guard(async () => {
      const { hardState, snapshot, entries, peers } = state;
      if (snapshot !== null) await saveSnapshot(this.#directory, snapshot);
      const records: WalRecord[] = [{ kind: 'identity', identity: this.identity }];
      records.push({ kind: 'peers', peers });
      if (snapshot !== null) {
        const { index, term } = snapshot;
        records.push({ kind: 'snapshot', snapshot: { index, term } });
      }
      for (const entry of entries) records.push({ kind: 'entry', entry });
      records.push({ kind: 'hard-state', hardState });
      this.#faults?.beforeWrite?.();
      const old = this.#segment;
      const next = await createSegment(this.#directory, old.sequence + 1, records);
      // From here the new segment is the log, whatever happens to the old files.
      this.#segment = next;
      this.#watermark.advance({ segment: next.sequence, offset: next.offset });
      await this.#watermark.settle();
      await old.handle.close();
      await removeStale(this.#directory, { sequence: next.sequence, snapshot });
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#watermark.close();
      await this.#segment.handle.close();
    } finally {
      await this.#lock.release();
    }
  }
}

async function createSegment(
  directory: string,
  sequence: number,
  records: readonly WalRecord[],
): Promise<Segment> {
  const file = path.join(directory, segmentName(sequence));
  const { bytes, chain } = encodeRecords(records, 0);
  const content = Buffer.concat([preamble(), bytes]);
  await writeFileAtomically(file, content);
  const handle = await open(file, 'r+');
  return { sequence, handle, offset: content.length, allocated: content.length, chain };
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
