/**
 * What a member must not forget: its promise, whether its mysqld was in service, whether it lost data. One small JSON
 * file, replaced whole: written beside, fsynced, renamed, folder fsynced, before `update` resolves. A crash leaves the old or the new one.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

export interface MemberRecord {
  readonly formatVersion: 1;
  readonly clusterId: string;
  readonly member: string;
  /** Identity of this disk. */
  readonly incarnation: string;
  /** Highest epoch promised (I3). */
  readonly promise: number;
  /** Epoch for which mysqld was made writable here, until it was handed over or follows again (I9, X1). */
  readonly inService: number | null;
  /** The epoch that this disk was primary of, not cloned since (I8). */
  readonly lastPrimaryEpoch: number | null;
  /** Set when this disk may have lost what it acknowledged, with the highest epoch it can have been connected in (I8). */
  readonly amnesiaSinceEpoch: number | null;
  /** The boot in which the files were last written; another one now means that unsynced writes may be gone (I8). */
  readonly bootId: string;
  /** mysqld was stopped and its files synced: another boot then is no amnesia. Cleared before every start. */
  readonly stoppedAndSynced: boolean;
  readonly clonedSince: boolean;
  /** Highest config version acted on (I12). */
  readonly configVersion: number;
  /** A server was initialised or cloned here once: an empty folder then is a loss, not a first start. */
  readonly hadData: boolean;
}

/** The file is not this member's, or cannot be read. The agent does not start on it. */
export class MemberFileError extends Error {
  override readonly name = 'MemberFileError';
  readonly code = 'MEMBER_FILE';
}

export class MemberFile {
  readonly #path: string;
  readonly #directory: string;
  #record: MemberRecord;
  #writing: Promise<void> = Promise.resolve();

  private constructor(directory: string, path: string, record: MemberRecord) {
    this.#directory = directory;
    this.#path = path;
    this.#record = record;
  }

  /** @throws MemberFileError when the file is of another cluster or member, of a newer format, or damaged. */
  static async open(identity: {
    readonly directory: string;
    readonly clusterId: string;
    readonly member: string;
    readonly bootId: string;
  }): Promise<MemberFile> {
    const directory = join(identity.directory, 'agent');
    await mkdir(directory, { recursive: true });
    const path = join(directory, 'member.json');
    const found = await readRecord(path, identity);
    const file = new MemberFile(directory, path, found ?? firstRecord(identity));
    await file.update(found === null ? {} : amnesiaAfterBoot(found, identity.bootId));
    return file;
  }

  get record(): MemberRecord {
    return this.#record;
  }

  /** Resolves when the change is on disk. Changes are written in the order of the calls. */
  update(change: Partial<MemberRecord>): Promise<void> {
    const written = this.#writing.then(async () => {
      const merged = { ...this.#record, ...change };
      if (merged.promise < this.#record.promise)
        throw new MemberFileError('a promise never shrinks (I3)');
      await replaceFile(this.#directory, this.#path, `${JSON.stringify(merged, null, 1)}\n`);
      this.#record = merged;
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

function firstRecord(identity: {
  clusterId: string;
  member: string;
  bootId: string;
}): MemberRecord {
  return {
    formatVersion: 1,
    clusterId: identity.clusterId,
    member: identity.member,
    incarnation: randomUUID(),
    promise: 0,
    inService: null,
    lastPrimaryEpoch: null,
    amnesiaSinceEpoch: null,
    bootId: identity.bootId,
    stoppedAndSynced: false,
    clonedSince: false,
    configVersion: 0,
    hadData: false,
  };
}

/** I8: after another boot, what was not synced may be gone; a promise bounds the epochs it can have been connected in. */
export function amnesiaAfterBoot(record: MemberRecord, bootId: string): Partial<MemberRecord> {
  if (record.bootId === bootId) return {};
  if (record.stoppedAndSynced || !record.hadData) return { bootId };
  return { bootId, amnesiaSinceEpoch: Math.max(record.promise, record.amnesiaSinceEpoch ?? 0) };
}

async function readRecord(
  path: string,
  identity: { clusterId: string; member: string },
): Promise<MemberRecord | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new MemberFileError(`cannot read ${path}`, { cause: error });
  }
  let record: MemberRecord;
  try {
    record = JSON.parse(text) as MemberRecord;
  } catch (cause) {
    throw new MemberFileError(
      `${path} is damaged: it is not JSON. It holds what this member promised; without it the member must join as a new one`,
      { cause },
    );
  }
  if (record.formatVersion !== 1) {
    throw new MemberFileError(
      `${path} has format ${String(record.formatVersion)}; this version reads 1: use the version that wrote it, or a newer one`,
    );
  }
  if (record.clusterId !== identity.clusterId || record.member !== identity.member) {
    throw new MemberFileError(
      `${path} belongs to ${record.member} of cluster ${record.clusterId}, not to ${identity.member} of ${identity.clusterId}`,
    );
  }
  return record;
}

async function replaceFile(directory: string, path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
