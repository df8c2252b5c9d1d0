/**
 * How far a segment is known to be durable, in a small file beside it. It is written after every fsync of the
 * segment, into two slots in turn, and never waited for: it may be behind, but what it says was true. A bad record
 * before it is corruption; behind it, a write that never finished.
 */
import { Buffer } from 'node:buffer';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { crc32c } from '../wire/crc32c.ts';

const SLOT = 24;

export interface Watermark {
  /** Number of the segment. */
  readonly segment: number;
  /** Bytes of it that are durable. */
  readonly offset: number;
}

/** The higher of the two slots that are whole; null when there is none. */
export async function readWatermark(file: string): Promise<Watermark | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  let best: Watermark | null = null;
  for (const at of [0, SLOT]) {
    if (bytes.length < at + SLOT) continue;
    if (crc32c(bytes.subarray(at, at + 16)) !== bytes.readUInt32BE(at + 16)) continue;
    const found = { segment: bytes.readDoubleBE(at), offset: bytes.readDoubleBE(at + 8) };
    const newer =
      best === null ||
      found.segment > best.segment ||
      (found.segment === best.segment && found.offset > best.offset);
    if (newer) best = found;
  }
  return best;
}

export class WatermarkFile {
  readonly #handle: FileHandle;
  #slot = 0;
  #next: Watermark | null = null;
  #writing: Promise<void> | null = null;
  #failed: Error | null = null;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(file: string): Promise<WatermarkFile> {
    let handle: FileHandle;
    try {
      handle = await open(file, 'r+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      handle = await open(file, 'w+');
    }
    return new WatermarkFile(handle);
  }

  /** Records it soon. Calls made while one is being written are merged. */
  advance(mark: Watermark): void {
    this.#next = mark;
    this.#writing ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#next !== null && this.#failed === null) {
      const mark = this.#next;
      this.#next = null;
      try {
        await this.#write(mark);
      } catch (error) {
        // Being behind is allowed; the log's own writes will meet the same disk.
        this.#failed =
          error instanceof Error ? error : new Error('the watermark cannot be written');
      }
    }
    this.#writing = null;
  }

  async #write(mark: Watermark): Promise<void> {
    const bytes = Buffer.alloc(SLOT);
    bytes.writeDoubleBE(mark.segment, 0);
    bytes.writeDoubleBE(mark.offset, 8);
    bytes.writeUInt32BE(crc32c(bytes.subarray(0, 16)), 16);
    this.#slot = 1 - this.#slot;
    await this.#handle.write(bytes, 0, SLOT, this.#slot * SLOT);
  }

  /** Waits until everything is written, and durable. */
  async settle(): Promise<void> {
    await this.#writing;
    if (this.#failed !== null) throw this.#failed;
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }
}
