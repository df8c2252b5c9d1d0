/**
 * Follows one resource of the API server: lists it, then watches, for as long as the process lives. It survives errors,
 * cut and silent connections, half lists and restarts of the server; what it missed is made up by the next watch, which
 * goes on at the last version seen, or by the next list.
 */
import type { Logger } from 'pino';
import type { Backoff } from '../backoff.ts';
import { type Clock, sleep, systemClock } from '../clock.ts';
import { ApiError, isGone, WatchSilentError } from '../kube/api-error.ts';
import { type KubeObject, keyOf, type Resource } from '../kube-object.ts';
import type { KubeReader, Selection, Source, Store, StoreEvent } from '../ports.ts';
import { type Entry, type IndexFunctions, ObjectStore } from './object-store.ts';
import { NEW_COURSE, nextStep, type Round, type RoundEnd } from './watch-course.ts';

export interface ReflectorTimes {
  readonly backoff: Backoff;
  readonly healthyMs: number;
  readonly minGapMs: number;
  /** The server ends a watch after this long, and up to a quarter longer. Seconds. */
  readonly watchSeconds: number;
  /** A living server sends a bookmark about each minute. Milliseconds. */
  readonly silenceMs: number;
  /** For one page. Milliseconds. */
  readonly listTimeoutMs: number;
}

export const REFLECTOR_TIMES: ReflectorTimes = Object.freeze({
  backoff: { baseMs: 200, maxMs: 30_000 },
  healthyMs: 60_000,
  minGapMs: 100,
  watchSeconds: 240,
  silenceMs: 90_000,
  listTimeoutMs: 30_000,
});

/** Objects a page of a list: a few MB of pods. */
const PAGE_SIZE = 500;

export interface ReflectorObserver {
  onRound(resource: string, kind: Round['kind'], end: RoundEnd | 'complete'): void;
  onHandlerError(resource: string): void;
}

export interface ReflectorOptions<T> {
  readonly client: KubeReader;
  readonly resource: Resource;
  readonly selection?: Selection;
  /** What is kept of an object, and is all that handlers see. */
  readonly project: (object: KubeObject) => T;
  readonly indexes?: IndexFunctions<T>;
  readonly logger: Logger;
  readonly observer?: ReflectorObserver;
  readonly times?: ReflectorTimes;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly pageSize?: number;
}

export class Reflector<T> implements Source<T> {
  readonly name: string;
  readonly #options: ReflectorOptions<T>;
  readonly #times: ReflectorTimes;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #store: ObjectStore<T>;
  readonly #handlers = new Set<(event: StoreEvent<T>) => void>();
  readonly #waitingForSync = new Set<() => void>();
  #hasSynced = false;
  #resourceVersion = '';
  #progress = 0;
  #provenAt: number;

  constructor(options: ReflectorOptions<T>) {
    this.name = options.resource.plural;
    this.#options = options;
    this.#times = options.times ?? REFLECTOR_TIMES;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#store = new ObjectStore(options.indexes);
    this.#provenAt = this.#clock.now();
  }

  get store(): Store<T> {
    return this.#store;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Milliseconds since the server last said anything about this resource: how old the cache can be. */
  get staleMs(): number {
    return this.#clock.now() - this.#provenAt;
  }

  whenSynced(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#hasSynced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const synced = (): void => {
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = (): void => {
        this.#waitingForSync.delete(synced);
        reject(signal.reason);
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#waitingForSync.add(synced);
    });
  }

  onEvent(handler: (event: StoreEvent<T>) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  /** Runs until the signal aborts, and resolves then. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    let course = NEW_COURSE;
    let next: Round['kind'] = 'list';
    while (!signal.aborted) {
      const round = await this.#round(next, signal);
      if (signal.aborted) return;
      if (round === 'complete') {
        next = 'watch';
        continue;
      }
      const step = nextStep(course, round, this.#times, this.#random());
      course = step.course;
      next = step.next;
      try {
        await sleep(this.#clock, step.delayMs, signal);
      } catch {
        return;
      }
    }
  }

  /** A completed list, or how a list failed or a watch ended. */
  async #round(kind: Round['kind'], signal: AbortSignal): Promise<Round | 'complete'> {
    const start = this.#clock.now();
    const progress = this.#progress;
    let end: RoundEnd = 'closed';
    let retryAfterMs: number | undefined;
    try {
      if (kind === 'list') {
        await this.#list(signal);
        this.#options.observer?.onRound(this.name, kind, 'complete');
        return 'complete';
      }
      end = await this.#watch(signal);
    } catch (error) {
      end = endOf(error);
      retryAfterMs = retryAfterOf(error);
      if (!signal.aborted)
        this.#options.logger.warn({ resource: this.name, kind, end, err: error }, 'reflector');
    }
    if (!signal.aborted) this.#options.observer?.onRound(this.name, kind, end);
    return {
      kind,
      end,
      madeProgress: this.#progress > progress,
      livedMs: this.#clock.now() - start,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }

  /**
   * Always the present state (no resourceVersion): a server that lags behind must not take a restarted controller back
   * in time. The store changes only when the last page is there.
   */
  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, selection, pageSize } = this.#options;
    const entries: Entry<T>[] = [];
    let continueToken: string | undefined;
    let resourceVersion: string;
    do {
      const page = await client.list(
        resource,
        {
          ...selection,
          limit: pageSize ?? PAGE_SIZE,
          ...(continueToken === undefined ? {} : { continueToken }),
        },
        { signal, timeoutMs: this.#times.listTimeoutMs },
      );
      for (const item of page.items) {
        const entry = this.#entryOf(item);
        if (entry !== null) entries.push(entry);
      }
      continueToken = page.continueToken;
      resourceVersion = page.resourceVersion;
    } while (continueToken !== undefined);
    this.#resourceVersion = resourceVersion;
    this.#proven();
    const events = this.#store.replaceAll(entries);
    this.#hasSynced = true;
    this.#emit(events);
    for (const synced of this.#waitingForSync) synced();
    this.#waitingForSync.clear();
  }

  async #watch(signal: AbortSignal): Promise<RoundEnd> {
    const { client, resource, selection } = this.#options;
    const { watchSeconds, silenceMs } = this.#times;
    const query = {
      ...selection,
      resourceVersion: this.#resourceVersion,
      // Spread, so that all watches of all resources do not end together.
      timeoutSeconds: Math.ceil(watchSeconds * (1 + this.#random() / 4)),
      silenceMs,
    };
    for await (const event of client.watch(resource, query, { signal })) {
      const version =
        event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
      // The server's data was put back to an older state (a restored backup): what is in the store may never have been.
      if (isOlder(version, this.#resourceVersion)) return 'went-back';
      this.#resourceVersion = version;
      this.#proven();
      if (event.type === 'BOOKMARK') continue;
      const entry = this.#entryOf(event.object);
      if (entry === null) continue;
      this.#emit(event.type === 'DELETED' ? this.#store.remove(entry) : this.#store.put(entry));
    }
    return 'closed';
  }

  #proven(): void {
    this.#progress += 1;
    this.#provenAt = this.#clock.now();
  }

  /** One object that cannot be understood must not blind us for all the others. */
  #entryOf(object: KubeObject): Entry<T> | null {
    const { metadata } = object;
    const key = keyOf(metadata);
    try {
      return {
        key,
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
        object: this.#options.project(object),
      };
    } catch (error) {
      this.#failed(key, error);
      return null;
    }
  }

  #emit(events: readonly StoreEvent<T>[]): void {
    for (const event of events) {
      for (const handler of this.#handlers) {
        try {
          handler(event);
        } catch (error) {
          this.#failed(event.key, error);
        }
      }
    }
  }

  #failed(key: string, error: unknown): void {
    this.#options.observer?.onHandlerError(this.name);
    this.#options.logger.error({ resource: this.name, key, err: error }, 'an object was left out');
  }
}

function endOf(error: unknown): RoundEnd {
  if (isGone(error)) return 'gone';
  if (error instanceof WatchSilentError) return 'silent';
  return error instanceof ApiError ? 'refused' : 'unreachable';
}

function retryAfterOf(error: unknown): number | undefined {
  const seconds = error instanceof ApiError ? error.details.retryAfterSeconds : undefined;
  return seconds === undefined ? undefined : seconds * 1000;
}

/** Resource versions are decimal numbers that grow (KEP-5504); what is none is not compared. */
function isOlder(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
