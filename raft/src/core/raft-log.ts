/** The log as the core sees it: what is stable, behind it what is not yet, and how far it is committed and applied. */
import { invariant } from './errors.ts';
import type { Storage } from './storage.ts';
import type { LogPosition, LogTraceEvent, LogView } from './trace.ts';
import { type Entry, entriesSize, limitSize, type Snapshot } from './types.ts';
import { Unstable } from './unstable.ts';

export class RaftLog {
  readonly storage: Storage;
  readonly unstable: Unstable;
  committed: number;
  /** Handed out to be applied. */
  applying: number;
  applied: number;
  readonly #maxApplyingBytes: number;
  #applyingBytes = 0;
  #applyingPaused = false;
  readonly #trace: (event: LogTraceEvent) => void;

  constructor(storage: Storage, maxApplyingBytes: number, trace: (event: LogTraceEvent) => void) {
    this.storage = storage;
    this.#trace = trace;
    this.#maxApplyingBytes = maxApplyingBytes;
    this.unstable = new Unstable(storage.lastIndex() + 1, trace);
    this.committed = storage.firstIndex() - 1;
    this.applying = this.committed;
    this.applied = this.committed;
  }

  get view(): LogView {
    return {
      committed: this.committed,
      applied: this.applied,
      applying: this.applying,
      unstableOffset: this.unstable.offset,
      unstableInProgress: this.unstable.offsetInProgress,
      unstableLength: this.unstable.entries.length,
    };
  }

  firstIndex(): number {
    return this.unstable.firstIndex() ?? this.storage.firstIndex();
  }

  lastIndex(): number {
    return this.unstable.lastIndex() ?? this.storage.lastIndex();
  }

  last(): LogPosition {
    const index = this.lastIndex();
    const term = this.term(index);
    invariant(term !== undefined, `the last entry ${index} has no term`);
    return { index, term };
  }

  /** Undefined when the index is compacted away or past the end. */
  term(index: number): number | undefined {
    const term = this.unstable.term(index);
    if (term !== undefined) return term;
    if (index + 1 < this.firstIndex() || index > this.lastIndex()) return undefined;
    return this.storage.term(index);
  }

  matches(at: LogPosition): boolean {
    return this.term(at.index) === at.term;
  }

  /** Raft §5.4.1: the last term decides, then the length. */
  isUpToDate(candidate: LogPosition): boolean {
    const last = this.last();
    return (
      candidate.term > last.term || (candidate.term === last.term && candidate.index >= last.index)
    );
  }

  /** Appends behind `previous`, if that matches. Returns the last new index, or undefined on a mismatch. */
  maybeAppend(
    previous: LogPosition,
    entries: readonly Entry[],
    leaderCommit: number,
  ): number | undefined {
    if (!this.matches(previous)) return undefined;
    const lastNew = previous.index + entries.length;
    const conflict = this.#findConflict(entries);
    if (conflict !== undefined) {
      invariant(conflict > this.committed, `entry ${conflict} conflicts with a committed one`);
      this.append(entries.slice(conflict - previous.index - 1));
    }
    // Never past what this append verified: a tail behind it may be another leader's (Raft fig. 2).
    this.commitTo(Math.min(leaderCommit, lastNew));
    return lastNew;
  }

  append(entries: readonly Entry[]): number {
    const first = entries[0];
    if (first !== undefined) {
      invariant(first.index > this.committed, `committed entry ${first.index} would be replaced`);
      this.unstable.truncateAndAppend(entries);
    }
    return this.lastIndex();
  }

  #findConflict(entries: readonly Entry[]): number | undefined {
    for (const entry of entries) {
      const existing = this.term(entry.index);
      if (existing !== entry.term) {
        if (entry.index <= this.lastIndex()) {
          this.#trace({
            kind: 'conflict-found',
            index: entry.index,
            existingTerm: existing ?? 0,
            conflictingTerm: entry.term,
          });
        }
        return entry.index;
      }
    }
    return undefined;
  }

  /** The highest position ≤ index whose term is ≤ term: both sides skip whole terms with it. */
  findConflictByTerm(index: number, term: number): LogPosition {
    for (let at = index; at > 0; at--) {
      const ours = this.term(at);
      if (ours === undefined) return { index: at, term: 0 };
      if (ours <= term) return { index: at, term: ours };
    }
    return { index: 0, term: 0 };
  }

  commitTo(index: number): void {
    if (index <= this.committed) return;
    invariant(index <= this.lastIndex(), `commit index ${index} is past the log's end`);
    this.committed = index;
  }

  /** Entries from `lo` on within `maxBytes`; null when they are compacted away. */
  entriesFrom(lo: number, maxBytes: number): readonly Entry[] | null {
    const end = this.lastIndex() + 1;
    return lo >= end ? [] : this.slice(lo, end, maxBytes);
  }

  slice(lo: number, hi: number, maxBytes: number): readonly Entry[] | null {
    if (lo < this.firstIndex()) return null;
    if (lo >= hi) return [];
    const { offset } = this.unstable;
    if (lo >= offset)
      return limitSize(this.unstable.entries.slice(lo - offset, hi - offset), maxBytes);
    const stable = this.storage.entries(lo, Math.min(hi, offset), maxBytes);
    if (stable === null || hi <= offset || stable.length < offset - lo) return stable;
    const size = entriesSize(stable);
    if (size >= maxBytes) return stable;
    const rest = limitSize(this.unstable.entries.slice(0, hi - offset), maxBytes - size);
    // limitSize never returns nothing; here the stable part is already something.
    if (rest.length === 1 && size + entriesSize(rest) > maxBytes) return stable;
    return [...stable, ...rest];
  }

  snapshot(): Snapshot | null {
    return this.unstable.snapshot ?? this.storage.snapshot();
  }

  #applicable(allowUnstable: boolean): number {
    return allowUnstable ? this.committed : Math.min(this.committed, this.unstable.offset - 1);
  }

  hasNextCommitted(allowUnstable: boolean): boolean {
    if (this.#applyingPaused || this.unstable.snapshot !== null) return false;
    return this.applying < this.#applicable(allowUnstable);
  }

  /** Entries to apply next. `allowUnstable`: also such as are not durable here yet (a quorum has them). */
  nextCommitted(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return [];
    const room = this.#maxApplyingBytes - this.#applyingBytes;
    return this.slice(this.applying + 1, this.#applicable(allowUnstable) + 1, room) ?? [];
  }

  acceptApplying(index: number, bytes: number, allowUnstable: boolean): void {
    invariant(index <= this.committed, `index ${index} is not committed`);
    this.applying = index;
    this.#applyingBytes += bytes;
    this.#applyingPaused =
      this.#applyingBytes >= this.#maxApplyingBytes || index < this.#applicable(allowUnstable);
  }

  appliedTo(index: number, bytes: number): void {
    invariant(index >= this.applied && index <= this.committed, `applied index ${index} is wrong`);
    this.applied = index;
    this.applying = Math.max(this.applying, index);
    this.#applyingBytes = Math.max(0, this.#applyingBytes - bytes);
    this.#applyingPaused = this.#applyingBytes >= this.#maxApplyingBytes;
  }

  restore(snapshot: Snapshot): void {
    const { index, term } = snapshot;
    this.#trace({ kind: 'snapshot-restoring', log: this.view, index, term });
    this.committed = index;
    this.unstable.restore(snapshot);
  }
}
