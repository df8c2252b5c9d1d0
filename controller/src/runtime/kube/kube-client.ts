/** The Kubernetes API over a transport: raw JSON in and out. */
import type { KubeObject, ObjectName, ObjectToWrite, Resource } from '../kube-object.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeClient,
  ListPage,
  ListQuery,
  Patch,
  PatchOptions,
  Preconditions,
  WatchEvent,
  WatchQuery,
  WriteOptions,
} from '../ports.ts';
import { parseList, parseObject, parseStatus } from './answers.ts';
import { ApiUnreachableError } from './api-error.ts';
import { collectionPath, objectPath, selectionQuery, withQuery } from './paths.ts';
import { nameOf, type Transport, type TransportRequest } from './transport.ts';
import { readWatch } from './watch.ts';
import type { WriteGuard } from './write-guard.ts';

/** Of a call that names no other. Milliseconds. */
export const DEFAULT_TIMEOUT_MS = 10_000;

export interface CallObserver {
  /** `code` is the HTTP status, or the code of an ApiUnreachableError. */
  onCall(call: { readonly method: string; readonly code: string; readonly seconds: number }): void;
}

export interface KubeClientOptions {
  readonly transport: Transport;
  /** Every write asks it, at the moment at which it is sent. */
  readonly guard?: WriteGuard;
  readonly observer?: CallObserver;
}

export function createKubeClient(options: KubeClientOptions): KubeClient {
  return new RawClient(options);
}

type Call = Pick<TransportRequest, 'method' | 'path' | 'contentType'> & { readonly body?: object };

class RawClient implements KubeClient {
  readonly #transport: Transport;
  readonly #guard: WriteGuard | undefined;
  readonly #observer: CallObserver | undefined;

  constructor(options: KubeClientOptions) {
    this.#transport = options.transport;
    this.#guard = options.guard;
    this.#observer = options.observer;
  }

  async get(resource: Resource, name: ObjectName, options: CallOptions): Promise<KubeObject> {
    const call = { method: 'GET', path: objectPath(resource, name) } as const;
    return whole(call, parseObject, await this.#read(call, options));
  }

  async list(resource: Resource, query: ListQuery, options: CallOptions): Promise<ListPage> {
    const { limit, continueToken, resourceVersion, resourceVersionMatch } = query;
    const path = withQuery(collectionPath(resource, query.namespace), {
      ...selectionQuery(query),
      limit,
      continue: continueToken,
      resourceVersion,
      resourceVersionMatch,
    });
    const call = { method: 'GET', path } as const;
    return whole(call, (body) => parseList(resource, body), await this.#read(call, options));
  }

  watch(
    resource: Resource,
    query: WatchQuery,
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent> {
    const path = withQuery(collectionPath(resource, query.namespace), {
      ...selectionQuery(query),
      watch: 1,
      allowWatchBookmarks: true,
      resourceVersion: query.resourceVersion,
      timeoutSeconds: query.timeoutSeconds,
    });
    const { silenceMs } = query;
    const request = { path, silenceMs, timeoutMs: DEFAULT_TIMEOUT_MS, signal: options.signal };
    return readWatch(this.#transport, request);
  }

  async create(
    resource: Resource,
    object: ObjectToWrite,
    options: WriteOptions,
  ): Promise<KubeObject> {
    const path = withQuery(
      collectionPath(resource, object.metadata.namespace),
      writeQuery(options),
    );
    return await this.#write({ method: 'POST', path, body: object }, options);
  }

  async replace(
    resource: Resource,
    object: ObjectToWrite,
    options: WriteOptions,
  ): Promise<KubeObject> {
    const path = withQuery(objectPath(resource, object.metadata), writeQuery(options));
    return await this.#write({ method: 'PUT', path, body: object }, options);
  }

  async apply(
    resource: Resource,
    object: ObjectToWrite,
    options: ApplyOptions,
  ): Promise<KubeObject> {
    const path = withQuery(objectPath(resource, object.metadata, options.subresource), {
      ...writeQuery(options),
      force: options.force,
    });
    // The media type says YAML, of which JSON is a part.
    const contentType = 'application/apply-patch+yaml';
    return await this.#write({ method: 'PATCH', path, contentType, body: object }, options, true);
  }

  async patch(
    resource: Resource,
    name: ObjectName,
    patch: Patch,
    options: PatchOptions,
  ): Promise<KubeObject> {
    const path = withQuery(objectPath(resource, name, options.subresource), writeQuery(options));
    const { contentType, body } = patchBody(patch, options.preconditions ?? {});
    return await this.#write({ method: 'PATCH', path, contentType, body }, options);
  }

  async delete(resource: Resource, name: ObjectName, options: DeleteOptions): Promise<void> {
    const { preconditions, propagation, gracePeriodSeconds, dryRun } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(preconditions === undefined ? {} : { preconditions }),
      ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(dryRun === true ? { dryRun: ['All'] } : {}),
    };
    const call = { method: 'DELETE', path: objectPath(resource, name), body } as const;
    await this.#send(call, this.#guarded(options), false);
  }

  #read(call: Call, options: CallOptions): Promise<unknown> {
    const signals = [options.signal];
    return this.#send(call, { signals, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS }, true);
  }

  async #write(call: Call, options: CallOptions, idempotent = false): Promise<KubeObject> {
    return whole(call, parseObject, await this.#send(call, this.#guarded(options), idempotent));
  }

  /** A write may not outlive the right to write. */
  #guarded(options: CallOptions): Pick<TransportRequest, 'signals' | 'timeoutMs' | 'beforeSend'> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const guard = this.#guard;
    if (guard === undefined) return { signals: [options.signal], timeoutMs };
    return {
      signals: [options.signal, guard.signal],
      timeoutMs: Math.min(timeoutMs, guard.remainingMs()),
      beforeSend: () => guard.assertHeld(),
    };
  }

  async #send(
    call: Call,
    limits: Pick<TransportRequest, 'signals' | 'timeoutMs' | 'beforeSend'>,
    idempotent: boolean,
  ): Promise<unknown> {
    // Asked here too: an expired guard must say so, and not look like a call that timed out.
    limits.beforeSend?.();
    const { body, ...rest } = call;
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const start = performance.now();
    let code = 'ABORTED';
    try {
      const answer = await this.#transport.send({ ...rest, ...text, ...limits, idempotent });
      code = String(answer.status);
      const parsed = parseJson(call, answer.status, answer.text);
      if (answer.status >= 200 && answer.status < 300) return parsed;
      throw parseStatus(answer.status, parsed, answer.retryAfterSeconds);
    } catch (error) {
      if (error instanceof ApiUnreachableError) code = error.code;
      throw error;
    } finally {
      const seconds = (performance.now() - start) / 1000;
      this.#observer?.onCall({ method: call.method, code, seconds });
    }
  }
}

function writeQuery(options: {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
}): Record<string, string | undefined> {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun ? 'All' : undefined };
}

function patchBody(
  patch: Patch,
  preconditions: Preconditions,
): { readonly contentType: string; readonly body: object } {
  switch (patch.type) {
    case 'merge': {
      const contentType = 'application/merge-patch+json';
      if (Object.keys(preconditions).length === 0) return { contentType, body: patch.value };
      const given = 'metadata' in patch.value ? patch.value.metadata : {};
      const metadata = { ...(given as object), ...preconditions };
      return { contentType, body: { ...patch.value, metadata } };
    }
    case 'json': {
      // The server compares what the patched object says about itself with what it is: 409 when it differs.
      const own = Object.entries(preconditions).map(([field, value]) => ({
        op: 'add',
        path: `/metadata/${field}`,
        value,
      }));
      return {
        contentType: 'application/json-patch+json',
        body: [...own, ...patch.operations],
      };
    }
  }
}

function parseJson(call: Call, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // An error page of something in between is an answer all the same; half an object is none.
    if (status >= 300) return undefined;
    throw new ApiUnreachableError(nameOf(call), 'BAD_ANSWER', error);
  }
}

function whole<T>(call: Call, parse: (body: unknown) => T, body: unknown): T {
  try {
    return parse(body);
  } catch (error) {
    throw new ApiUnreachableError(nameOf(call), 'BAD_ANSWER', error);
  }
}
