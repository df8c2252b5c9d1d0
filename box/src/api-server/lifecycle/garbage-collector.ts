import type { KubeObject } from '../object.ts';
import type { StoreEvent } from '../store/history.ts';
import type { Api } from './context.ts';
import { FOREGROUND, ORPHAN } from './delete.ts';
import { removeFinalizer, removeIfThere, resourceOfKey, systemRequest } from './system.ts';
import { update } from './update.ts';
import { WorkQueue } from './work-queue.ts';

const CONTROLLER = 'generic-garbage-collector';

/**
 * Follows ownerReferences: what has lost its last owner is deleted, an owner that is deleted in the
 * foreground waits for what it blocks on, one that orphans is let go of first.
 */
export class GarbageCollector {
  readonly #api: Api;
  readonly #queue: WorkQueue;
  /** By uid. */
  readonly #alive = new Map<string, string>();
  readonly #dependents = new Map<string, Set<string>>();
  readonly #unsubscribe: () => void;

  constructor(api: Api, failed: (key: string, error: unknown) => void) {
    this.#api = api;
    this.#queue = new WorkQueue((key) => this.#collect(key), failed);
    const objects = api.store.list('') ?? [];
    for (const [key, object] of objects) this.#index(key, object);
    for (const [key, object] of objects) if (isConcerned(object)) this.#queue.add(key);
    this.#unsubscribe = api.store.subscribe((event) => this.#observe(event));
  }

  #index(key: string, { metadata }: KubeObject): void {
    this.#alive.set(metadata.uid ?? '', key);
    for (const { uid } of metadata.ownerReferences ?? []) {
      const known = this.#dependents.get(uid);
      if (known === undefined) this.#dependents.set(uid, new Set([key]));
      else known.add(key);
    }
  }

  #observe({ type, key, object, previous }: StoreEvent): void {
    for (const { uid } of previous?.metadata.ownerReferences ?? []) {
      const siblings = this.#dependents.get(uid);
      siblings?.delete(key);
      if (siblings?.size === 0) this.#dependents.delete(uid);
      // An owner may have waited for this one.
      const owner = this.#alive.get(uid);
      if (owner !== undefined && owner !== key) this.#queue.add(owner);
    }
    if (type !== 'DELETED') {
      this.#index(key, object);
      if (isConcerned(object)) this.#queue.add(key);
      return;
    }
    const uid = object.metadata.uid ?? '';
    this.#alive.delete(uid);
    for (const dependent of this.#dependents.get(uid) ?? []) this.#queue.add(dependent);
  }

  async #collect(key: string): Promise<void> {
    const object = this.#api.store.latest(key);
    const resource = resourceOfKey(this.#api, key);
    if (object === undefined || resource === undefined) return;
    const request = systemRequest(resource, object, CONTROLLER);
    const { finalizers = [], deletionTimestamp, ownerReferences = [] } = object.metadata;
    if (deletionTimestamp !== undefined) {
      if (finalizers.includes(ORPHAN)) {
        await this.#letGo(object);
        await removeFinalizer(this.#api, request, ORPHAN);
      } else if (finalizers.includes(FOREGROUND) && (await this.#endDependents(object))) {
        await removeFinalizer(this.#api, request, FOREGROUND);
      }
      return;
    }
    if (ownerReferences.length === 0) return;
    const living = ownerReferences.filter((owner) => this.#alive.has(owner.uid));
    if (living.length === 0) {
      const preconditions = object.metadata.uid === undefined ? {} : { uid: object.metadata.uid };
      await removeIfThere(this.#api, request, { propagationPolicy: 'Background', preconditions });
    } else if (living.length < ownerReferences.length)
      await this.#keepOwners(
        key,
        living.map((one) => one.uid),
      );
  }

  #dependentsOf(owner: KubeObject): [string, KubeObject][] {
    return [...(this.#dependents.get(owner.metadata.uid ?? '') ?? [])].flatMap((key) => {
      const object = this.#api.store.latest(key);
      return object === undefined ? [] : [[key, object] as [string, KubeObject]];
    });
  }

  async #letGo(owner: KubeObject): Promise<void> {
    for (const [key, dependent] of this.#dependentsOf(owner)) {
      const others = (dependent.metadata.ownerReferences ?? []).filter(
        (one) => one.uid !== owner.metadata.uid,
      );
      await this.#keepOwners(
        key,
        others.map((one) => one.uid),
      );
    }
  }

  async #keepOwners(key: string, uids: readonly string[]): Promise<void> {
    const object = this.#api.store.latest(key);
    const resource = resourceOfKey(this.#api, key);
    if (object === undefined || resource === undefined) return;
    await update(this.#api, systemRequest(resource, object, CONTROLLER), (current) => {
      const kept = (current.metadata.ownerReferences ?? []).filter((one) => uids.includes(one.uid));
      const { ownerReferences: _, ...metadata } = current.metadata;
      return {
        object: {
          ...current,
          metadata: { ...metadata, ...(kept.length > 0 && { ownerReferences: kept }) },
        },
      };
    });
  }

  /** @returns whether nothing is left that blocks the owner. */
  async #endDependents(owner: KubeObject): Promise<boolean> {
    for (const [key, dependent] of this.#dependentsOf(owner)) {
      const resource = resourceOfKey(this.#api, key);
      if (resource === undefined || dependent.metadata.deletionTimestamp !== undefined) continue;
      const request = systemRequest(resource, dependent, CONTROLLER);
      await removeIfThere(this.#api, request, { propagationPolicy: 'Foreground' });
    }
    return !this.#dependentsOf(owner).some(([, dependent]) =>
      dependent.metadata.ownerReferences?.some(
        (one) => one.uid === owner.metadata.uid && one.blockOwnerDeletion === true,
      ),
    );
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#queue.close();
  }
}

function isConcerned({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined || (metadata.ownerReferences ?? []).length > 0;
}
