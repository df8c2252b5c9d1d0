/**
 * Group commit: one batch is being written while the next one fills. Keeps the core's storage in memory equal to
 * what the log holds, and hands out a message's responses only once everything before it is durable.
 */
import type { MemoryStorage } from '../core/storage.ts';
import {
  type Entry,
  type HardState,
  isEmptyHardState,
  type Message,
  type Snapshot,
} from '../core/types.ts';
import type { LogStore } from '../ports.ts';

export interface PersisterEvents {
  /** The work of this message is durable: its responses may go. */
  readonly onDurable: (work: Message) => void;
  /** Called before `onDurable` of a message with a snapshot: the state machine takes it over. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly onFailure: (error: unknown) => void;
}

type Job =
  | { readonly kind: 'append'; readonly work: Message }
  | { readonly kind: 'compact'; readonly snapshot: Snapshot; readonly keepEntries: number }
  | { readonly kind: 'peers' }
  | { readonly kind: 'commit'; readonly then: () => void };

export class Persister {
  readonly #log: LogStore;
  readonly #storage: MemoryStorage;
  readonly #events: PersisterEvents;
  #hardState: HardState;
  /** Commit index moved but was not written: it needs no fsync and goes with the next batch. */
  #commitOwed = false;
  #peers: Readonly<Record<string, string>>;
  #durableCommit: number;
  #writes = 0;
  #queue: Job[] = [];
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(log: LogStore, storage: MemoryStorage, events: PersisterEvents) {
    this.#log = log;
    this.#storage = storage;
    this.#events = events;
    this.#hardState = storage.initialState().hardState;
    this.#durableCommit = this.#hardState.commit;
    this.#peers = log.recovered.peers;
  }

  append(work: Message): void {
    if (this.#stopped) return;
    // Nothing to make durable and nothing before it: no need to wait.
    if (this.#running === null && this.#isFree(work)) {
      this.#note(work);
      this.#events.onDurable(work);
      return;
    }
    this.#enqueue({ kind: 'append', work });
  }

  /** Replaces the log up to the snapshot's index, save the last `keepEntries`. */
  compact(snapshot: Snapshot, keepEntries: number): void {
    this.#enqueue({ kind: 'compact', snapshot, keepEntries });
  }

  setPeers(peers: Readonly<Record<string, string>>): void {
    this.#peers = peers;
    this.#enqueue({ kind: 'peers' });
  }

  get busy(): boolean {
    return this.#running !== null;
  }

  /** How many writes are finished. */
  get writes(): number {
    return this.#writes;
  }

  get durableCommit(): number {
    return this.#durableCommit;
  }

  /** Makes the commit index durable as well, then calls. */
  syncCommit(then: () => void): void {
    this.#enqueue({ kind: 'commit', then });
  }

  #enqueue(job: Job): void {
    if (this.#stopped) return;
    this.#queue.push(job);
    this.#running ??= this.#run();
  }

  #isFree(work: Message): boolean {
    if (work.entries.length > 0 || work.snapshot !== null) return false;
    const unset = work.term === 0 && work.vote === 0 && work.commit === 0;
    return unset || (work.term === this.#hardState.term && work.vote === this.#hardState.vote);
  }

  #note({ term, vote, commit }: Message): void {
    const state = { term, vote, commit };
    if (isEmptyHardState(state)) return;
    this.#hardState = state;
    this.#commitOwed = true;
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0 && !this.#stopped) {
        const [job] = this.#queue;
        if (job?.kind === 'compact') {
          this.#queue.shift();
          await this.#compact(job.snapshot, job.keepEntries);
        } else if (job?.kind === 'append' && job.work.snapshot !== null) {
          this.#queue.shift();
          await this.#install(job.work, job.work.snapshot);
        } else {
          await this.#writeBatch();
        }
        this.#writes += 1;
      }
    } catch (error) {
      this.#stopped = true;
      this.#queue = [];
      this.#events.onFailure(error);
    } finally {
      this.#running = null;
    }
  }

  /** Everything that waits, up to the first job that replaces the log, in one write and one fsync. */
  async #writeBatch(): Promise<void> {
    const end = this.#queue.findIndex(
      (job) => job.kind === 'compact' || (job.kind === 'append' && job.work.snapshot !== null),
    );
    const jobs = this.#queue.splice(0, end < 0 ? this.#queue.length : end);
    const done = jobs.flatMap((job) => (job.kind === 'append' ? [job.work] : []));
    const peersChanged = jobs.some(({ kind }) => kind === 'peers');
    let mustSync = jobs.length > done.length;
    let entries: Entry[] = [];
    for (const work of done) {
      if (!this.#isFree(work)) mustSync = true;
      this.#note(work);
      entries = replaceTail(entries, work.entries);
    }
    if (mustSync) {
      const hardState = this.#commitOwed ? this.#hardState : null;
      this.#commitOwed = false;
      const peers = peersChanged ? { peers: this.#peers } : {};
      await this.#log.write({ hardState, entries, ...peers });
      this.#storage.append(entries);
      if (hardState !== null) this.#durableCommit = hardState.commit;
    }
    for (const work of done) {
      if (this.#stopped) return;
      this.#events.onDurable(work);
    }
    for (const job of jobs) if (job.kind === 'commit' && !this.#stopped) job.then();
  }

  async #install(work: Message, snapshot: Snapshot): Promise<void> {
    this.#note(work);
    this.#commitOwed = false;
    const { entries } = work;
    await this.#log.checkpoint({
      hardState: this.#hardState,
      snapshot,
      entries,
      peers: this.#peers,
    });
    this.#durableCommit = this.#hardState.commit;
    this.#storage.applySnapshot(snapshot);
    this.#storage.append(entries);
    if (this.#stopped) return;
    this.#events.onSnapshot(snapshot);
    this.#events.onDurable(work);
  }

  async #compact(snapshot: Snapshot, keepEntries: number): Promise<void> {
    // A snapshot from the leader may have come in between, and be newer.
    if (snapshot.index <= this.#storage.snapshotIndex) return;
    const from = Math.max(this.#storage.firstIndex(), snapshot.index - keepEntries + 1);
    const end = this.#storage.lastIndex() + 1;
    const entries = this.#storage.entries(from, end, Number.POSITIVE_INFINITY) ?? [];
    const commit = Math.max(this.#hardState.commit, snapshot.index);
    const hardState = { ...this.#hardState, commit };
    this.#commitOwed = false;
    await this.#log.checkpoint({ hardState, snapshot, entries, peers: this.#peers });
    this.#durableCommit = commit;
    this.#storage.setSnapshot(snapshot);
    this.#storage.compact(from - 1);
  }

  /** Writes what is owed and stops. Never rejects: a failure was or is reported. */
  async stop(): Promise<void> {
    await this.#running;
    if (this.#stopped) return;
    this.#stopped = true;
    if (!this.#commitOwed) return;
    try {
      await this.#log.write({ hardState: this.#hardState, entries: [] });
    } catch (error) {
      this.#events.onFailure(error);
    }
  }

  /** Stops without writing anything more, as a crash would. */
  kill(): void {
    this.#stopped = true;
    this.#queue = [];
  }
}

/** A later leader's entries replace those at the same place, and behind, that were not written yet. */
function replaceTail(entries: Entry[], added: readonly Entry[]): Entry[] {
  const [first] = added;
  const overlaps = first !== undefined && first.index <= (entries.at(-1)?.index ?? 0);
  const kept = overlaps ? entries.filter(({ index }) => index < first.index) : entries;
  for (const entry of added) kept.push(entry);
  return kept;
}
