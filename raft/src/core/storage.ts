/** What the core reads from stable storage, and a storage in memory. */
import { RaftInvariantError } from './errors.ts';
import {
  type ConfState,
  EMPTY_BYTES,
  EMPTY_CONF_STATE,
  EMPTY_HARD_STATE,
  type Entry,
  type HardState,
  limitSize,
  type Snapshot,
} from './types.ts';

/** Reads only; the driver writes. Every method is synchronous: the core never waits. */
export interface Storage {
  initialState(): { readonly hardState: HardState; readonly confState: ConfState };
  /** Entries lo ≤ index < hi, at most `maxBytes` of them but at least one; null when compacted away. */
  entries(lo: number, hi: number, maxBytes: number): readonly Entry[] | null;
  /** Term at `index`; undefined when it is compacted away or past the end. */
  term(index: number): number | undefined;
  firstIndex(): number;
  lastIndex(): number;
  /** The latest snapshot, or null when none can be had now (it is asked for again later). */
  snapshot(): Snapshot | null;
}

const NO_SNAPSHOT: Snapshot = Object.freeze({
  index: 0,
  term: 0,
  confState: EMPTY_CONF_STATE,
  data: EMPTY_BYTES,
});

/** Holds the log since its last compaction in memory; the driver keeps it beside the file log. */
export class MemoryStorage implements Storage {
  #hardState: HardState = EMPTY_HARD_STATE;
  #snapshot: Snapshot = NO_SNAPSHOT;
  /** Index and term of the entry just before `#entries`. */
  #base = { index: 0, term: 0 };
  #entries: Entry[] = [];
  #source: (() => Snapshot | null) | null = null;

  /**
   * Where `snapshot()` gets a fresh one from. Without it the last recorded one is given, which a member that was
   * added since cannot use: it is not in that membership.
   */
  setSnapshotSource(source: () => Snapshot | null): void {
    this.#source = source;
  }

  initialState(): { readonly hardState: HardState; readonly confState: ConfState } {
    return { hardState: this.#hardState, confState: this.#snapshot.confState };
  }

  setHardState(state: HardState): void {
    this.#hardState = state;
  }

  entries(lo: number, hi: number, maxBytes: number): readonly Entry[] | null {
    if (lo <= this.#base.index) return null;
    return limitSize(
      this.#entries.slice(lo - this.#base.index - 1, hi - this.#base.index - 1),
      maxBytes,
    );
  }

  term(index: number): number | undefined {
    if (index === this.#base.index) return this.#base.term;
    return this.#entries[index - this.#base.index - 1]?.term;
  }

  firstIndex(): number {
    return this.#base.index + 1;
  }

  lastIndex(): number {
    return this.#base.index + this.#entries.length;
  }

  snapshot(): Snapshot | null {
    return this.#source === null ? this.#snapshot : this.#source();
  }

  /** Index of the last recorded snapshot. */
  get snapshotIndex(): number {
    return this.#snapshot.index;
  }

  /** Replaces everything by a snapshot; an older one than the present is ignored (false). */
  applySnapshot(snapshot: Snapshot): boolean {
    if (this.#snapshot.index >= snapshot.index) return false;
    this.#snapshot = snapshot;
    this.#base = { index: snapshot.index, term: snapshot.term };
    this.#entries = [];
    return true;
  }

  /** Records a snapshot of the state machine without dropping entries; see `compact`. */
  setSnapshot(snapshot: Snapshot): void {
    if (snapshot.index > this.#snapshot.index) this.#snapshot = snapshot;
  }

  /** Appends; entries at the same indexes, and all behind them, are replaced. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    const skip = Math.max(0, this.firstIndex() - first.index);
    const kept = first.index + skip - this.firstIndex();
    if (skip >= entries.length) return;
    if (kept > this.#entries.length) {
      throw new RaftInvariantError(`the log would have a gap before index ${first.index}`);
    }
    this.#entries.length = kept;
    for (let i = skip; i < entries.length; i++) {
      const entry = entries[i];
      if (entry !== undefined) this.#entries.push(entry);
    }
  }

  /** Drops the entries up to and including `index`. */
  compact(index: number): void {
    const term = this.term(index);
    if (index <= this.#base.index || term === undefined) return;
    this.#entries = this.#entries.slice(index - this.#base.index);
    this.#base = { index, term };
  }
}
