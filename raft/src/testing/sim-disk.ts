/** A disk: writes become durable in order and after a while; a crash loses what is not, or keeps a part of it. */
import type { PlantedBug } from '../core/config.ts';
import {
  EMPTY_HARD_STATE,
  type Entry,
  type HardState,
  isEmptyHardState,
  type Message,
  type Snapshot,
} from '../core/types.ts';
import type { Random } from './random.ts';

export class SimDisk {
  hardState: HardState = EMPTY_HARD_STATE;
  snapshot: Snapshot;
  /** Entries behind the snapshot. */
  entries: Entry[] = [];
  #pending: Message[] = [];
  /** Test only: how this disk is broken. */
  readonly #bug: PlantedBug | undefined;

  constructor(initial: Snapshot, bug: PlantedBug | undefined) {
    this.snapshot = initial;
    this.#bug = bug;
  }

  get pending(): number {
    return this.#pending.length;
  }

  write(work: Message): void {
    this.#pending.push(work);
  }

  /** The oldest write became durable. */
  complete(): Message | undefined {
    const work = this.#pending.shift();
    if (work !== undefined) this.#apply(work, work.entries.length);
    return work;
  }

  #apply({ term, vote, commit, snapshot, entries }: Message, count: number): void {
    const state = { term, vote: this.#bug === 'vote-not-persisted' ? 0 : vote, commit };
    if (!isEmptyHardState(state)) this.hardState = state;
    if (snapshot !== null && snapshot.index > this.snapshot.index) {
      this.snapshot = snapshot;
      this.entries = [];
    }
    for (const entry of entries.slice(0, count)) {
      if (entry.index <= this.snapshot.index) continue;
      const place = entry.index - this.snapshot.index - 1;
      // The entries behind a conflict are another leader's: they go with it.
      if (this.#bug === 'truncation-forgotten-on-disk' && place < this.entries.length) {
        this.entries[place] = entry;
        continue;
      }
      this.entries.length = Math.min(this.entries.length, place);
      this.entries.push(entry);
    }
  }

  /** A snapshot of the state machine replaces the entries up to its index. */
  compact(snapshot: Snapshot): void {
    if (snapshot.index <= this.snapshot.index) return;
    this.entries = this.entries.filter(({ index }) => index > snapshot.index);
    this.snapshot = snapshot;
  }

  /** Power is gone: a prefix of what was not durable may be there all the same, its last write torn. */
  crash(random: Random): void {
    const kept = random.below(this.#pending.length + 1);
    for (const work of this.#pending.slice(0, kept)) this.#apply(work, work.entries.length);
    const torn = this.#pending[kept];
    // The hard state is one record: it is there whole, or not at all.
    if (torn !== undefined && torn.snapshot === null && random.chance(0.5)) {
      this.#apply(torn, random.below(torn.entries.length + 1));
    }
    this.#pending = [];
    const last = this.snapshot.index + this.entries.length;
    // A commit index that was torn off its entries is not written so by a real log either.
    if (this.hardState.commit > last) this.hardState = { ...this.hardState, commit: last };
  }

  term(index: number): number | undefined {
    if (index === this.snapshot.index) return this.snapshot.term;
    return this.entries[index - this.snapshot.index - 1]?.term;
  }
}
