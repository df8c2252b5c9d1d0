import { open, stat } from 'node:fs/promises';
import { EMPTY_GTIDS, type GtidSet, GtidSetBuilder, unionGtids } from '@radondb/api/gtid';
import { BinlogEventReader } from './event-reader.ts';
import { EVENT_TYPE } from './event-types.ts';
import { decodePreviousGtids } from './gtid-events.ts';
import { readLogIndex } from './log-index.ts';
import { TransactionTracker } from './transactions.ts';

const CHUNK_BYTES = 256 * 1024;

/** What the binlog of a running server holds now. */
export interface TailContent {
  /** Previous_gtids of the last file and every complete transaction in it. */
  readonly content: GtidSet;
  /** The file ends with a whole event and a whole transaction. False while mysqld writes or has just made the file. */
  readonly whole: boolean;
}

/**
 * The binlog of a server that runs, read on from where the last question ended: a switchover asks "is every commit known?" while
 * clients are shut out, and reading 128 MiB then would take seconds.
 */
export class BinlogTail {
  readonly #folder: string;
  readonly #indexFile: string;
  #file: FileTail | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string, indexFile: string) {
    this.#folder = folder;
    this.#indexFile = indexFile;
  }

  /** @throws BinlogCorruptError, BinlogEncryptedError */
  async read(): Promise<TailContent> {
    // One at a time: what was read must be read in order.
    const mine = this.#turn.then(async () => await this.#readOn());
    this.#turn = mine.catch(() => undefined);
    return await mine;
  }

  async #readOn(): Promise<TailContent> {
    const last = (await readLogIndex(this.#folder, this.#indexFile)).at(-1);
    if (last === undefined) return { content: EMPTY_GTIDS, whole: true };
    const { ino, size } = await stat(last);
    // A clone brings another file of the same name.
    if (this.#file === null || !this.#file.isPartOf(last, ino, size))
      this.#file = new FileTail(last, ino);
    const file = this.#file;
    try {
      await file.readOn();
    } catch (error) {
      this.#file = null;
      throw error;
    }
    if (file.isBad) this.#file = null;
    return file.content();
  }
}

class FileTail {
  readonly #path: string;
  readonly #inode: number;
  readonly #reader: BinlogEventReader;
  readonly #tracker = new TransactionTracker('binlog');
  readonly #own = new GtidSetBuilder();
  #previous: GtidSet | null = null;
  #position = 0;

  constructor(path: string, inode: number) {
    this.#path = path;
    this.#inode = inode;
    this.#reader = new BinlogEventReader(path);
  }

  isPartOf(path: string, inode: number, size: number): boolean {
    return path === this.#path && inode === this.#inode && size >= this.#position;
  }

  get isBad(): boolean {
    return this.#reader.isBad;
  }

  async readOn(): Promise<void> {
    const handle = await open(this.#path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, this.#position);
        if (bytesRead === 0) return;
        this.#position += bytesRead;
        for (const event of this.#reader.push(buffer.subarray(0, bytesRead))) {
          if (event.type === EVENT_TYPE.PREVIOUS_GTIDS)
            this.#previous = decodePreviousGtids(event.body);
          for (const { gtid } of this.#tracker.accept(event))
            if (gtid !== null) this.#own.add(gtid);
        }
      }
    } finally {
      await handle.close();
    }
  }

  content(): TailContent {
    const content = unionGtids(this.#previous ?? EMPTY_GTIDS, this.#own.build());
    const whole =
      this.#previous !== null &&
      this.#tracker.openOffset === null &&
      this.#reader.end().kind === 'whole';
    return { content, whole };
  }
}
