/**
 * The objects of one resource, by key and by index. Pure. It tells what changed, by uid: an object that was deleted and
 * created again under its name is another object, and both halves of that are told.
 */
import type { Store, StoreEvent } from '../ports.ts';

export interface Entry<T> {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly object: T;
}

/** Values under which an object is found by Store.byIndex. */
export type IndexFunctions<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

export class ObjectStore<T> implements Store<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #functions: ReadonlyMap<string, (object: T) => readonly string[]>;
  /** Index name → value → keys. */
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  constructor(indexes: IndexFunctions<T> = {}) {
    this.#functions = new Map(Object.entries(indexes));
    for (const name of this.#functions.keys()) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.object;
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  *values(): Iterable<T> {
    for (const entry of this.#entries.values()) yield entry.object;
  }

  byIndex(index: string, value: string): readonly T[] {
    const values = this.#indexes.get(index);
    if (values === undefined) throw new Error(`there is no index ${index}`);
    const found: T[] = [];
    for (const key of values.get(value) ?? []) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) found.push(entry.object);
    }
    return found;
  }

  /** An object was seen as it is now. */
  put(entry: Entry<T>): StoreEvent<T>[] {
    const { key, object } = entry;
    const before = this.#entries.get(key);
    if (before === undefined) {
      this.#set(entry);
      return [{ type: 'added', key, object }];
    }
    if (before.uid !== entry.uid) {
      this.#delete(before);
      this.#set(entry);
      return [
        { type: 'deleted', key, object: before.object },
        { type: 'added', key, object },
      ];
    }
    if (before.resourceVersion === entry.resourceVersion) return [];
    this.#delete(before);
    this.#set(entry);
    return [{ type: 'updated', key, object, old: before.object }];
  }

  /** An object was seen for the last time. Of another uid than the one that is known: nothing, its successor lives. */
  remove(last: Entry<T>): StoreEvent<T>[] {
    const before = this.#entries.get(last.key);
    if (before === undefined || before.uid !== last.uid) return [];
    this.#delete(before);
    return [{ type: 'deleted', key: last.key, object: last.object }];
  }

  /** These are all there are. */
  replaceAll(entries: readonly Entry<T>[]): StoreEvent<T>[] {
    const present = new Set(entries.map((entry) => entry.key));
    const events: StoreEvent<T>[] = [];
    for (const before of this.#entries.values()) {
      if (present.has(before.key)) continue;
      this.#delete(before);
      events.push({ type: 'deleted', key: before.key, object: before.object });
    }
    for (const entry of entries) events.push(...this.put(entry));
    return events;
  }

  #set(entry: Entry<T>): void {
    this.#entries.set(entry.key, entry);
    for (const [name, valuesOf] of this.#functions) {
      const index = this.#indexes.get(name);
      for (const value of valuesOf(entry.object)) {
        const keys = index?.get(value);
        if (keys === undefined) index?.set(value, new Set([entry.key]));
        else keys.add(entry.key);
      }
    }
  }

  #delete(entry: Entry<T>): void {
    this.#entries.delete(entry.key);
    for (const [name, valuesOf] of this.#functions) {
      const index = this.#indexes.get(name);
      for (const value of valuesOf(entry.object)) {
        const keys = index?.get(value);
        keys?.delete(entry.key);
        // Values come and go with clusters: an empty set each would be a leak.
        if (keys?.size === 0) index?.delete(value);
      }
    }
  }
}
