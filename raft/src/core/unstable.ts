/** The end of the log that is not known to be durable: entries, or a snapshot and the entries behind it. */
import { invariant } from './errors.ts';
import type { LogPosition, LogTraceEvent } from './trace.ts';
import type { Entry, Snapshot } from './types.ts';

export class Unstable {
  snapshot: Snapshot | null = null;
  entries: Entry[] = [];
  /** Index of `entries[0]`. */
  offset: number;
  /** Entries below this are being written. */
  offsetInProgress: number;
  #snapshotInProgress = false;
  readonly #trace: (event: LogTraceEvent) => void;

  constructor(offset: number, trace: (event: LogTraceEvent) => void) {
    this.offset = offset;
    this.offsetInProgress = offset;
    this.#trace = trace;
  }

  firstIndex(): number | undefined {
    return this.snapshot === null ? undefined : this.snapshot.index + 1;
  }

  lastIndex(): number | undefined {
    if (this.entries.length > 0) return this.offset + this.entries.length - 1;
    return this.snapshot?.index;
  }

  term(index: number): number | undefined {
    if (index < this.offset) {
      return this.snapshot?.index === index ? this.snapshot.term : undefined;
    }
    return this.entries[index - this.offset]?.term;
  }

  /** What is still to be handed to the writer. */
  nextEntries(): readonly Entry[] {
    const from = this.offsetInProgress - this.offset;
    return from >= this.entries.length ? [] : this.entries.slice(from);
  }

  get hasNextEntries(): boolean {
    return this.offsetInProgress - this.offset < this.entries.length;
  }

  nextSnapshot(): Snapshot | null {
    return this.#snapshotInProgress ? null : this.snapshot;
  }

  /** Everything is in the writer's hands now. */
  accept(): void {
    this.offsetInProgress = Math.max(this.offsetInProgress, this.offset + this.entries.length);
    if (this.snapshot !== null) this.#snapshotInProgress = true;
  }

  /** The writer made everything up to this position durable. */
  stableTo(at: LogPosition): void {
    const term = this.term(at.index);
    if (term === undefined) {
      this.#trace({ kind: 'stable-missing', index: at.index });
      return;
    }
    if (at.index < this.offset) {
      this.#trace({ kind: 'stable-in-snapshot', index: at.index });
      return;
    }
    // The entry was overwritten while an older write of the same index was under way: that write says
    // nothing about the present entry.
    if (term !== at.term) {
      this.#trace({ kind: 'stable-mismatch', ...at, unstableTerm: term });
      return;
    }
    this.entries = this.entries.slice(at.index + 1 - this.offset);
    this.offset = at.index + 1;
    this.offsetInProgress = Math.max(this.offsetInProgress, this.offset);
  }

  stableSnapshotTo(index: number): void {
    if (this.snapshot?.index === index) {
      this.snapshot = null;
      this.#snapshotInProgress = false;
    }
  }

  restore(snapshot: Snapshot): void {
    this.offset = snapshot.index + 1;
    this.offsetInProgress = this.offset;
    this.entries = [];
    this.snapshot = snapshot;
    this.#snapshotInProgress = false;
  }

  truncateAndAppend(added: readonly Entry[]): void {
    const from = added[0]?.index;
    if (from === undefined) return;
    const end = this.offset + this.entries.length;
    invariant(from <= end, `the log would have a gap before index ${from}`);
    if (from === end) {
      for (const entry of added) this.entries.push(entry);
    } else if (from <= this.offset) {
      this.#trace({ kind: 'unstable-replaced', index: from });
      this.entries = [...added];
      this.offset = from;
      this.offsetInProgress = from;
    } else {
      this.#trace({ kind: 'unstable-truncated', index: from });
      this.entries = [...this.entries.slice(0, from - this.offset), ...added];
      this.offsetInProgress = Math.min(this.offsetInProgress, from);
    }
  }
}
