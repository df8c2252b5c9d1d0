/** The objects of a fake API server, their history, and who may write what. Synchronous: a request is one transaction. */
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../../src/runtime/kube-object.ts';
import { applyMerge, isMap, type Json, jsonPatch, leaves, mergePatch } from './json-merge.ts';
import type { ApiRequest } from './request.ts';
import { matches } from './selector.ts';

export interface Change {
  readonly resourceVersion: number;
  readonly collection: string;
  /** Null: it was created. */
  readonly before: KubeObject | null;
  /** With deletion's own resourceVersion when `isDeleted`. */
  readonly after: KubeObject;
  readonly isDeleted: boolean;
}

/** What the server answers as a metav1.Status. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** Kinds whose status is written through its subresource only. */
const WITH_STATUS = new Set([
  'pods',
  'statefulsets',
  'services',
  'persistentvolumeclaims',
  'poddisruptionbudgets',
  'mysqlclusters',
  'mysqlusers',
  'mysqldatabases',
]);

type Draft = Record<string, unknown> & { metadata: Record<string, unknown> };

export class FakeApiState {
  readonly #collections = new Map<string, Map<string, KubeObject>>();
  /** Uid → manager → what it applied. */
  readonly #applied = new Map<string, Map<string, unknown>>();
  readonly #listeners = new Set<(change: Change) => void>();
  #history: Change[] = [];
  #version = 1;
  #compactedBelow = 0;

  get resourceVersion(): number {
    return this.#version;
  }

  /** Watches from before this are told 410. */
  get compactedBelow(): number {
    return this.#compactedBelow;
  }

  /** Forgets history, as etcd's compaction does. */
  compact(): void {
    this.#compactedBelow = this.#version;
    this.#history = [];
  }

  /** All is gone and versions begin anew: etcd was put back to an older state. Nobody is told. */
  wipe(): void {
    this.#collections.clear();
    this.#applied.clear();
    this.#history = [];
    this.#version = 1;
    this.#compactedBelow = 0;
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  historyAfter(version: number): readonly Change[] {
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#history[middle]?.resourceVersion ?? 0) > version) high = middle;
      else low = middle + 1;
    }
    return this.#history.slice(low);
  }

  list(request: Pick<ApiRequest, 'apiVersion' | 'plural' | 'namespace' | 'query'>): KubeObject[] {
    const all = this.#collections.get(collectionOf(request))?.values() ?? [];
    return [...all].filter((object) => matches(object, request.namespace, request.query));
  }

  get(request: ApiRequest): KubeObject {
    const found = this.#collections.get(collectionOf(request))?.get(keyOfRequest(request));
    if (found === undefined)
      throw new Refusal(404, 'NotFound', `${request.plural} "${request.name}" not found`);
    return found;
  }

  create(request: ApiRequest, body: unknown): KubeObject {
    const draft = draftOf(body);
    const name = String(draft.metadata['name'] ?? '');
    if (name === '') throw new Refusal(422, 'Invalid', 'metadata.name: Required value');
    const collection = collectionOf(request);
    const exists = this.#collections.get(collection)?.has(keyOfRequest({ ...request, name }));
    if (exists === true)
      throw new Refusal(409, 'AlreadyExists', `${request.plural} "${name}" already exists`);
    draft.metadata['name'] = name;
    if (request.namespace !== '') draft.metadata['namespace'] = request.namespace;
    draft.metadata['uid'] = randomUUID();
    draft.metadata['creationTimestamp'] = '2026-01-01T00:00:00Z';
    draft.metadata['generation'] = 1;
    if (WITH_STATUS.has(request.plural)) delete draft['status'];
    if (isDryRun(request)) return finish(draft, this.#version);
    return this.#store(collection, null, draft);
  }

  replace(request: ApiRequest, body: unknown): KubeObject {
    const before = this.get(request);
    const draft = draftOf(body);
    this.#check(request, before, draft.metadata);
    return this.#update(request, before, draft);
  }

  patch(request: ApiRequest, body: unknown): KubeObject {
    const before = this.get(request);
    let patched: unknown;
    try {
      patched =
        request.verb === 'json-patch'
          ? jsonPatch(before, body as readonly Json[])
          : mergePatch(before, body);
    } catch (error) {
      throw new Refusal(422, 'Invalid', error instanceof Error ? error.message : String(error));
    }
    const draft = draftOf(patched);
    this.#check(request, before, draft.metadata);
    return this.#update(request, before, draft);
  }

  apply(request: ApiRequest, body: unknown): KubeObject {
    const manager = `${request.query.get('fieldManager') ?? ''}/${request.subresource}`;
    if (manager === `/${request.subresource}`)
      throw new Refusal(400, 'BadRequest', 'fieldManager is required for apply patch');
    const next = draftOf(body);
    const existing = this.#collections.get(collectionOf(request))?.get(keyOfRequest(request));
    if (existing === undefined) return this.#applyNew(request, next, manager);
    this.#check(request, existing, next.metadata);
    const managers = this.#applied.get(existing.metadata.uid) ?? new Map<string, unknown>();
    const others = [...managers].filter(([name]) => name !== manager);
    const owned = others.map(([name, applied]) => ({ name, leaves: leaves(applied) }));
    if (request.query.get('force') !== 'true') refuseConflicts(next, owned);
    const merged = applyMerge({
      live: existing,
      previous: managers.get(manager),
      next,
      isOwnedByOther: (path) =>
        owned.some((other) =>
          [...other.leaves.keys()].some((leaf) => leaf === path || leaf.startsWith(`${path}/`)),
        ),
    });
    const stored = this.#update(request, existing, draftOf(merged));
    if (!isDryRun(request)) this.#remember(stored, manager, next);
    return stored;
  }

  #applyNew(request: ApiRequest, next: Draft, manager: string): KubeObject {
    if (request.subresource !== '')
      throw new Refusal(404, 'NotFound', `${request.plural} "${request.name}" not found`);
    if (next.metadata['uid'] !== undefined)
      throw new Refusal(409, 'Conflict', 'uid mismatch: no existing object was found');
    const created = this.create(request, next);
    if (!isDryRun(request)) this.#remember(created, manager, next);
    return created;
  }

  delete(request: ApiRequest, body: unknown): KubeObject {
    const before = this.get(request);
    const options = isMap(body) ? body : {};
    const preconditions = isMap(options['preconditions']) ? options['preconditions'] : {};
    this.#check(request, before, preconditions);
    if (Array.isArray(options['dryRun'])) return before;
    const draft = draftOf(before);
    if ((before.metadata.finalizers ?? []).length === 0) return this.#remove(request, before);
    if (before.metadata.deletionTimestamp !== undefined) return before;
    draft.metadata['deletionTimestamp'] = '2026-01-01T00:00:00Z';
    return this.#store(collectionOf(request), before, draft);
  }

  #check(request: ApiRequest, before: KubeObject, wanted: Readonly<Record<string, unknown>>): void {
    for (const field of ['uid', 'resourceVersion'] as const) {
      const value = wanted[field];
      if (value === undefined || value === '' || value === before.metadata[field]) continue;
      throw new Refusal(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${request.plural} "${request.name}": the object has been modified`,
      );
    }
  }

  #update(request: ApiRequest, before: KubeObject, draft: Draft): KubeObject {
    const { plural, subresource } = request;
    const hasStatus = WITH_STATUS.has(plural);
    const next: Draft = subresource === 'status' ? draftOf(before) : draft;
    if (subresource === 'status') next['status'] = draft['status'];
    else if (hasStatus) next['status'] = before['status'];
    if (next['status'] === undefined) delete next['status'];
    for (const field of ['uid', 'name', 'namespace', 'creationTimestamp', 'deletionTimestamp'])
      next.metadata[field] = before.metadata[field as 'uid'];
    for (const field of Object.keys(next.metadata))
      if (next.metadata[field] === undefined) delete next.metadata[field];
    const isSpecChanged = content(next) !== content(before);
    next.metadata['generation'] = (before.metadata.generation ?? 1) + (isSpecChanged ? 1 : 0);
    next.metadata['resourceVersion'] = before.metadata.resourceVersion;
    // As the real one: a write that changes nothing makes no version and no event.
    if (sorted(next) === sorted(before)) return before;
    if (isDryRun(request)) return finish(next, this.#version);
    const finalizers = next.metadata['finalizers'];
    const isFree = !Array.isArray(finalizers) || finalizers.length === 0;
    if (before.metadata.deletionTimestamp !== undefined && isFree)
      return this.#remove(request, before);
    return this.#store(collectionOf(request), before, next);
  }

  #remember(object: KubeObject, manager: string, applied: unknown): void {
    const managers = this.#applied.get(object.metadata.uid) ?? new Map<string, unknown>();
    managers.set(manager, applied);
    this.#applied.set(object.metadata.uid, managers);
  }

  #store(collection: string, before: KubeObject | null, draft: Draft): KubeObject {
    this.#version += 1;
    const after = finish(draft, this.#version);
    const objects = this.#collections.get(collection) ?? new Map<string, KubeObject>();
    this.#collections.set(collection, objects);
    objects.set(keyOfObject(after), after);
    this.#publish({ resourceVersion: this.#version, collection, before, after, isDeleted: false });
    return after;
  }

  #remove(request: ApiRequest, before: KubeObject): KubeObject {
    this.#version += 1;
    const collection = collectionOf(request);
    this.#collections.get(collection)?.delete(keyOfObject(before));
    this.#applied.delete(before.metadata.uid);
    const after = finish(draftOf(before), this.#version);
    this.#publish({ resourceVersion: this.#version, collection, before, after, isDeleted: true });
    return after;
  }

  #publish(change: Change): void {
    this.#history.push(change);
    for (const listener of this.#listeners) listener(change);
  }
}

export function collectionOf(request: Pick<ApiRequest, 'apiVersion' | 'plural'>): string {
  return `${request.apiVersion}/${request.plural}`;
}

function keyOfRequest(request: Pick<ApiRequest, 'namespace' | 'name'>): string {
  return `${request.namespace}/${request.name}`;
}

function keyOfObject(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function draftOf(value: unknown): Draft {
  if (!isMap(value)) throw new Refusal(400, 'BadRequest', 'the body is not an object');
  const copy = structuredClone(value);
  return { ...copy, metadata: isMap(copy['metadata']) ? { ...copy['metadata'] } : {} };
}

function finish(draft: Draft, version: number): KubeObject {
  const object = { ...draft, metadata: { ...draft.metadata, resourceVersion: String(version) } };
  return object as unknown as KubeObject;
}

function isDryRun(request: ApiRequest): boolean {
  return request.query.get('dryRun') === 'All';
}

/** All but metadata and status: what a generation counts. */
function content(object: Json): string {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return sorted(rest);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isMap(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function refuseConflicts(
  next: unknown,
  owned: readonly { readonly name: string; readonly leaves: ReadonlyMap<string, unknown> }[],
): void {
  for (const [path, value] of leaves(next))
    for (const other of owned)
      if (
        other.leaves.has(path) &&
        sorted(other.leaves.get(path)) !== sorted(value) &&
        isSpecific(path)
      )
        throw new Refusal(
          409,
          'Conflict',
          `Apply failed with 1 conflict: conflict with "${other.name}": ${path}`,
        );
}

/** What every applied object repeats is nobody's. */
function isSpecific(path: string): boolean {
  return !['/apiVersion', '/kind', '/metadata/name', '/metadata/namespace'].includes(path);
}
