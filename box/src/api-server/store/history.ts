import type { KubeObject } from '../object.ts';

/** A change of one object; `object` of a deletion is its last state, at the revision of the deletion. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly key: string;
  readonly object: KubeObject;
  readonly previous: KubeObject | null;
}

/** The last changes, so that a watcher can go on where it stopped and a list can be continued as it was. */
export class History {
  readonly #limit: number;
  #events: StoreEvent[] = [];
  /** The state at this revision and at every later one is known. */
  #oldest: number;

  constructor(limit: number, revision: number) {
    this.#limit = limit;
    this.#oldest = revision;
  }

  get oldest(): number {
    return this.#oldest;
  }

  add(event: StoreEvent): void {
    this.#events.push(event);
    // Cut in halves: moving the whole list at every event would cost more than the events.
    if (this.#events.length > this.#limit * 2) {
      const cut = this.#events.length - this.#limit;
      this.#oldest = (this.#events[cut - 1] as StoreEvent).revision;
      this.#events = this.#events.slice(cut);
    }
  }

  /** Events after a revision, oldest first; null when some of them are forgotten. */
  since(revision: number): readonly StoreEvent[] | null {
    if (revision < this.#oldest) return null;
    return this.#events.slice(this.#firstAfter(revision));
  }

  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle] as StoreEvent).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What a map of objects was at an earlier revision; null when that is forgotten. */
  rewind(
    now: ReadonlyMap<string, KubeObject>,
    revision: number,
    prefix: string,
  ): ReadonlyMap<string, KubeObject> | null {
    const events = this.since(revision);
    if (events === null) return null;
    const then = new Map(now);
    for (const event of events.toReversed()) {
      if (!event.key.startsWith(prefix)) continue;
      if (event.previous === null) then.delete(event.key);
      else then.set(event.key, event.previous);
    }
    return then;
  }
}
