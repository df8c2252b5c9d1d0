import type { Request, Response } from 'express';
import { forbiddenField, invalidField } from '../field-error.ts';
import { apiVersionOf, type Resource } from '../kinds/resource.ts';
import { served } from '../lifecycle/context.ts';
import type { JsonObject, KubeObject } from '../object.ts';
import { badRequest, expired, invalid } from '../status-error.ts';
import type { StoreEvent } from '../store/history.ts';
import type { Matcher } from '../store/selectors.ts';
import type { Store } from '../store/store.ts';
import { prefixOf, type Query, selectorOf, tooOld } from './list.ts';
import { showObject, type View } from './respond.ts';

const BOOKMARK_EVERY_MS = 60_000;
const MIN_TIMEOUT_SECONDS = 1_800;
/** A client that reads slower than things change is cut off and starts again, as by a real server. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/**
 * Streams changes: from a resourceVersion on, or from now with what is there first. Ends after
 * `timeoutSeconds`, when the client goes, or when the server closes.
 */
export function watch(
  store: Store,
  resource: Resource,
  namespace: string,
  { request, response, query, view, signal }: WatchRequest,
): void {
  const stream = new WatchStream(store, resource, namespace, { query, view, response });
  const timeout = Number(query['timeoutSeconds'] ?? 0) || MIN_TIMEOUT_SECONDS * (1 + Math.random());
  const timer = setTimeout(end, timeout * 1_000);
  const bookmarks = setInterval(() => stream.bookmark(), BOOKMARK_EVERY_MS);
  const unsubscribe = store.subscribe((event) => stream.send(event));
  function end(): void {
    clearTimeout(timer);
    clearInterval(bookmarks);
    unsubscribe();
    signal.removeEventListener('abort', end);
    response.end();
  }
  signal.addEventListener('abort', end);
  request.on('close', end);
  response.on('close', end);
  stream.start();
}

export interface WatchRequest {
  readonly request: Request;
  readonly response: Response;
  readonly query: Query;
  readonly view: View;
  readonly signal: AbortSignal;
}

class WatchStream {
  readonly #store: Store;
  readonly #resource: Resource;
  readonly #prefix: string;
  readonly #matches: Matcher;
  readonly #query: Query;
  readonly #view: View;
  readonly #response: Response;
  readonly #backlog: readonly StoreEvent[];
  readonly #initial: readonly KubeObject[];
  #sentColumns = false;

  constructor(
    store: Store,
    resource: Resource,
    namespace: string,
    { query, view, response }: Pick<WatchRequest, 'query' | 'view' | 'response'>,
  ) {
    this.#store = store;
    this.#resource = resource;
    this.#prefix = prefixOf(resource, namespace);
    this.#matches = selectorOf(resource, query);
    this.#query = query;
    this.#view = view;
    this.#response = response;
    const text = query['resourceVersion'] ?? '';
    const revision = Number(text || 0);
    if (Number.isNaN(revision)) throw badRequest(`invalid resource version "${text}"`);
    requireValidOptions(query);
    const wantsInitial = query['sendInitialEvents'] === 'true';
    const fromNow = wantsInitial || revision === 0;
    const events = fromNow ? [] : store.eventsSince(revision);
    if (events === null) throw expired(tooOld(store, revision));
    this.#backlog = events;
    const skipsInitial = query['sendInitialEvents'] === 'false';
    this.#initial =
      fromNow && !skipsInitial ? (store.list(this.#prefix) ?? []).map(([, object]) => object) : [];
  }

  start(): void {
    this.#response
      .status(200)
      .set('content-type', 'application/json')
      .set('cache-control', 'no-cache, private');
    this.#response.flushHeaders();
    for (const object of this.#initial) {
      const shown = served(this.#resource, object);
      if (this.#matches(shown)) this.#write('ADDED', shown);
    }
    if (this.#query['sendInitialEvents'] === 'true') {
      this.bookmark({ annotations: { 'k8s.io/initial-events-end': 'true' } });
    }
    for (const event of this.#backlog) this.send(event);
  }

  /** Entering and leaving the selection are an addition and a deletion to this watcher. */
  send({ type, key, object, previous }: StoreEvent): void {
    if (!key.startsWith(this.#prefix)) return;
    const now = served(this.#resource, object);
    const isIn = type !== 'DELETED' && this.#matches(now);
    const wasIn = previous !== null && this.#matches(served(this.#resource, previous));
    if (isIn) this.#write(wasIn ? 'MODIFIED' : 'ADDED', now);
    else if (wasIn) {
      const last =
        type === 'DELETED'
          ? now
          : {
              ...served(this.#resource, previous),
              metadata: { ...previous.metadata, resourceVersion: now.metadata.resourceVersion },
            };
      this.#write('DELETED', last as KubeObject);
    }
  }

  /** Tells how far the watcher is, so that it can go on from there. */
  bookmark(metadata: JsonObject = {}): void {
    if (this.#query['allowWatchBookmarks'] !== 'true') return;
    const object = {
      kind: this.#resource.kind,
      apiVersion: apiVersionOf(this.#resource),
      metadata: {
        resourceVersion: String(this.#store.revision),
        ...metadata,
      },
    };
    this.#write('BOOKMARK', object as unknown as KubeObject);
  }

  #write(type: string, object: KubeObject): void {
    const shown = showObject(this.#resource, object, this.#view);
    if (this.#view.as === 'table') {
      // Columns are told once.
      if (this.#sentColumns) shown['columnDefinitions'] = [];
      this.#sentColumns = true;
    }
    this.#response.write(`${JSON.stringify({ type, object: shown })}\n`);
    if (this.#response.writableLength > MAX_BUFFERED_BYTES) this.#response.destroy();
  }
}

function requireValidOptions(query: Query): void {
  const match = query['resourceVersionMatch'];
  if (query['sendInitialEvents'] === 'true') {
    if (match !== 'NotOlderThan') {
      throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
        forbiddenField(
          'resourceVersionMatch',
          'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        ),
      ]);
    }
    if (query['allowWatchBookmarks'] !== 'true') {
      throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
        invalidField(
          'allowWatchBookmarks',
          false,
          'sendInitialEvents requires allowWatchBookmarks',
        ),
      ]);
    }
  }
}
