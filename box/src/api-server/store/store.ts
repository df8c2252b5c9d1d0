import type { Journal, JournalContent } from '../journal/journal.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { KubeObject } from '../object.ts';
import { History, type StoreEvent } from './history.ts';

/** Somebody else wrote the object since it was read. */
export class WriteConflict extends Error {
  override readonly name = 'WriteConflict';
}

interface PendingWrite {
  readonly record: JournalRecord;
  readonly done: (object: KubeObject | null) => void;
  readonly failed: (cause: unknown) => void;
}

export interface StoreOptions {
  /** How many changes are remembered for watchers. */
  readonly historyLimit?: number;
  /** Bytes of journal after which a snapshot is written. */
  readonly compactAfterBytes?: number;
}

const DEFAULTS = Object.freeze({ historyLimit: 10_000, compactAfterBytes: 32 * 1024 * 1024 });

/**
 * Objects by key, with one revision counter over all of them. A write is seen (by reads, by watchers) when
 * it is on disk, and not before; writes that come together share one fsync.
 */
export class Store {
  readonly #journal: Journal;
  readonly #options: Required<StoreOptions>;
  readonly #objects: Map<string, KubeObject>;
  readonly #history: History;
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  /** Writes on their way to disk: the next write must be based on them. */
  readonly #staged = new Map<string, KubeObject | null>();
  #pending: PendingWrite[] = [];
  #flushing: Promise<void> | null = null;
  #revision: number;
  #staging: number;
  #failure: Error | null = null;

  constructor(journal: Journal, content: JournalContent, options: StoreOptions = {}) {
    this.#journal = journal;
    this.#options = { ...DEFAULTS, ...options };
    this.#objects = new Map();
    for (const { key, object } of content.records)
      if (object !== null) this.#objects.set(key, object);
    // A new store begins at 1: `resourceVersion: "0"` means "any" to clients.
    this.#revision = Math.max(content.revision, 1);
    this.#staging = this.#revision;
    this.#history = new History(this.#options.historyLimit, this.#revision);
  }

  get revision(): number {
    return this.#revision;
  }

  get oldestRevision(): number {
    return this.#history.oldest;
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** What the next write of a key must be based on. */
  latest(key: string): KubeObject | undefined {
    const staged = this.#staged.get(key);
    return staged === undefined ? this.#objects.get(key) : (staged ?? undefined);
  }

  /** Objects below a prefix in order of their keys, as they are or as they were; null when that is forgotten. */
  list(prefix: string, revision = this.#revision): [string, KubeObject][] | null {
    const state =
      revision >= this.#revision
        ? this.#objects
        : this.#history.rewind(this.#objects, revision, prefix);
    if (state === null) return null;
    return [...state]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  eventsSince(revision: number): readonly StoreEvent[] | null {
    return this.#history.since(revision);
  }

  /** @returns what ends the subscription. */
  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Writes one object, or deletes it (null), if it still is what `base` says (undefined: absent).
   * @returns the object as stored, with its resourceVersion; of a deletion, null.
   * @throws WriteConflict
   */
  async write(
    key: string,
    object: KubeObject | null,
    base: KubeObject | undefined,
  ): Promise<KubeObject | null> {
    if (this.#failure !== null) throw this.#failure;
    if (this.latest(key) !== base) throw new WriteConflict(key);
    this.#staging += 1;
    const revision = this.#staging;
    const stored =
      object === null
        ? null
        : { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    this.#staged.set(key, stored);
    const written = new Promise<KubeObject | null>((done, failed) => {
      this.#pending.push({ record: { revision, key, object: stored }, done, failed });
    });
    this.#flushing ??= this.#flush();
    return await written;
  }

  async #flush(): Promise<void> {
    // Lets writes of the same turn join.
    await null;
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        await this.#journal.append(batch.map((one) => one.record));
        for (const one of batch) this.#publish(one);
        if (this.#journal.size > this.#options.compactAfterBytes) await this.compact();
      } catch (cause) {
        // What is on disk is unknown now: nothing more is written or acknowledged.
        this.#failure = new Error('the journal cannot be written: restart to go on', { cause });
        for (const one of [...batch, ...this.#pending]) one.failed(this.#failure);
        this.#pending = [];
      }
    }
    this.#flushing = null;
  }

  #publish({ record: { revision, key, object }, done }: PendingWrite): void {
    const previous = this.#objects.get(key) ?? null;
    if (object === null) this.#objects.delete(key);
    else this.#objects.set(key, object);
    if (this.#staged.get(key) === object) this.#staged.delete(key);
    this.#revision = revision;
    done(object);
    if (object === null && previous === null) return;
    const type = object === null ? 'DELETED' : previous === null ? 'ADDED' : 'MODIFIED';
    const last = object ?? {
      ...(previous as KubeObject),
      metadata: { ...(previous as KubeObject).metadata, resourceVersion: String(revision) },
    };
    const event: StoreEvent = { type, revision, key, object: last, previous };
    this.#history.add(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** Writes a snapshot, so that the next start need not read the whole journal. */
  async compact(): Promise<void> {
    const records = [...this.#objects].map(([key, object]) => ({
      revision: Number(object.metadata.resourceVersion),
      key,
      object,
    }));
    await this.#journal.compact({ revision: this.#revision, records });
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#journal.close();
  }
}
