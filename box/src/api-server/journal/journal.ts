import { type FileHandle, mkdir, open, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { DataRefusedError } from '../../errors.ts';
import { syncFolder, writeFileAtomic } from '../../files/write-file-atomic.ts';
import { decodeRecord, encodeRecord, type JournalRecord } from './record.ts';

/** What was found on disk: the newest state of every key, and the revision of the last write. */
export interface JournalContent {
  readonly revision: number;
  readonly records: readonly JournalRecord[];
}

const SNAPSHOT = 'snapshot.jsonl';
const JOURNAL = /^journal-(\d+)\.jsonl$/;

/**
 * The server's memory across restarts: a snapshot, and an append-only file of the writes since. `append`
 * resolves when the writes are on disk. A last line that was cut off while it was written was never
 * acknowledged and is dropped; any other damage is refused.
 */
export class Journal {
  readonly #folder: string;
  #file: FileHandle;
  #size: number;

  private constructor(folder: string, file: FileHandle, size: number) {
    this.#folder = folder;
    this.#file = file;
    this.#size = size;
  }

  /** @throws DataRefusedError naming the file and the offset of what cannot be read. */
  static async open(folder: string): Promise<{ journal: Journal; content: JournalContent }> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const state = new Map<string, JournalRecord>();
    let revision = 0;
    const names = await journalNames(folder);
    for (const name of [SNAPSHOT, ...names]) {
      for (const record of await readRecords(join(folder, name), name !== SNAPSHOT)) {
        if (record.revision < (state.get(record.key)?.revision ?? 0)) continue;
        state.set(record.key, record);
        revision = Math.max(revision, record.revision);
      }
    }
    const path = join(folder, names.at(-1) ?? nameAfter(0));
    const file = await open(path, 'a', 0o600);
    const { size } = await file.stat();
    await syncFolder(folder);
    const records = [...state.values()].filter((one) => one.key !== '');
    return { journal: new Journal(folder, file, size), content: { revision, records } };
  }

  /** Bytes written since the last snapshot. */
  get size(): number {
    return this.#size;
  }

  async append(records: readonly JournalRecord[]): Promise<void> {
    const text = records.map(encodeRecord).join('');
    await this.#file.appendFile(text);
    await this.#file.datasync();
    this.#size += Buffer.byteLength(text);
  }

  /** Starts afresh from a full picture; a crash at any point leaves the old files or the new ones. */
  async compact({ revision, records }: JournalContent): Promise<void> {
    // The empty key carries the revision: the last write may have been a deletion.
    const head: JournalRecord = { revision, key: '', object: null };
    await writeFileAtomic(
      join(this.#folder, SNAPSHOT),
      [head, ...records].map(encodeRecord).join(''),
      {
        mode: 0o600,
      },
    );
    const former = await journalNames(this.#folder);
    const name = nameAfter(revision);
    const file = await open(join(this.#folder, name), 'a', 0o600);
    await syncFolder(this.#folder);
    await this.#file.close();
    this.#file = file;
    this.#size = 0;
    for (const old of former) if (old !== name) await rm(join(this.#folder, old));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function nameAfter(revision: number): string {
  return `journal-${String(revision).padStart(12, '0')}.jsonl`;
}

async function journalNames(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => JOURNAL.test(name)).sort();
}

async function readRecords(path: string, mayBeCut: boolean): Promise<JournalRecord[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const records: JournalRecord[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const end = bytes.indexOf(0x0a, offset);
    if (end < 0 && mayBeCut) {
      await truncate(path, offset);
      break;
    }
    const record = end < 0 ? null : decodeRecord(bytes.toString('utf8', offset, end));
    if (record === null) {
      throw new DataRefusedError(
        `${path} is damaged at byte ${offset}. Restore the file from a copy, or move its folder away to start with no objects`,
      );
    }
    records.push(record);
    offset = end + 1;
  }
  return records;
}
