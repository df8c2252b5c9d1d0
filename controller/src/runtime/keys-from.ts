/** From the events of a source to the keys they concern. */
import type { ObjectMeta } from './kube-object.ts';
import type { StoreEvent, WatchedSource } from './ports.ts';

/** A WatchedSource whose type of object is forgotten: controllers watch several kinds. */
export interface KeySource {
  readonly name: string;
  whenSynced(signal: AbortSignal): Promise<void>;
  /** Keys of all that is there. */
  allKeys(): Iterable<string>;
  /** Keys of every event from now on. Returns the unsubscribing function. */
  onKey(handler: (key: string) => void): () => void;
}

export function keysFrom<T>(watched: WatchedSource<T>): KeySource {
  const { source, keysOf } = watched;
  return {
    name: source.name,
    whenSynced: (signal) => source.whenSynced(signal),
    *allKeys() {
      for (const object of source.store.values()) yield* keysOf(object);
    },
    onKey(handler) {
      return source.onEvent((event) => {
        for (const key of keysOfEvent(watched, event)) handler(key);
      });
    },
  };
}

/** An update can take an object from one owner to another: both are told. */
function keysOfEvent<T>(watched: WatchedSource<T>, event: StoreEvent<T>): Iterable<string> {
  const { keysOf, isRelevant } = watched;
  if (event.type !== 'updated') return keysOf(event.object);
  if (isRelevant !== undefined && !isRelevant(event.object, event.old)) return [];
  return new Set([...keysOf(event.old), ...keysOf(event.object)]);
}

type Metadata = Pick<
  ObjectMeta,
  'generation' | 'deletionTimestamp' | 'labels' | 'annotations' | 'finalizers'
>;

/**
 * For WatchedSource.isRelevant of a kind with a generation: true when more than status has changed. A controller that
 * answered to its own writes of status would never rest.
 */
export function changedBeyondStatus(
  object: { readonly metadata: Metadata },
  old: { readonly metadata: Metadata },
): boolean {
  const [now, before] = [object.metadata, old.metadata];
  return (
    now.generation !== before.generation ||
    now.deletionTimestamp !== before.deletionTimestamp ||
    JSON.stringify([now.labels, now.annotations, now.finalizers]) !==
      JSON.stringify([before.labels, before.annotations, before.finalizers])
  );
}
