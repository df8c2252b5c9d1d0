import type { Crd } from '../kinds/custom.ts';
import { deepEqual, type KubeObject } from '../object.ts';
import type { StoreEvent } from '../store/history.ts';
import { type Api, timestamp, type WriteRequest } from './context.ts';
import { removeFinalizer, removeIfThere, systemRequest } from './system.ts';
import { update } from './update.ts';
import { WorkQueue } from './work-queue.ts';

const PREFIX = 'apiextensions.k8s.io/customresourcedefinitions//';
const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';
const CONTROLLER = 'crd-controller';

/** Serves what definitions say; deletes their objects before a definition goes. */
export class CrdController {
  readonly #api: Api;
  readonly #queue: WorkQueue;
  readonly #unsubscribe: () => void;

  constructor(api: Api, failed: (key: string, error: unknown) => void) {
    this.#api = api;
    this.#queue = new WorkQueue((name) => this.#settle(name), failed);
    for (const [, crd] of api.store.list(PREFIX) ?? []) {
      api.registry.define(crd as Crd);
      this.#queue.add(crd.metadata.name);
    }
    this.#unsubscribe = api.store.subscribe((event) => this.#observe(event));
  }

  #observe({ type, key, object }: StoreEvent): void {
    if (key.startsWith(PREFIX)) {
      const { name } = object.metadata;
      if (type === 'DELETED') this.#api.registry.undefine(name);
      else {
        this.#api.registry.define(object as Crd);
        this.#queue.add(name);
      }
      return;
    }
    if (type !== 'DELETED') return;
    const [group, plural] = key.split('/');
    const crd = this.#api.store.latest(`${PREFIX}${plural}.${group}`);
    if (crd?.metadata.deletionTimestamp !== undefined) this.#queue.add(crd.metadata.name);
  }

  async #settle(name: string): Promise<void> {
    const crd = this.#api.store.latest(`${PREFIX}${name}`) as Crd | undefined;
    if (crd === undefined) return;
    const resource = this.#api.registry.get(
      'apiextensions.k8s.io',
      'v1',
      'customresourcedefinitions',
    );
    const request = systemRequest(resource, crd, CONTROLLER);
    if (crd.metadata.deletionTimestamp === undefined) await this.#establish(request);
    else if (await this.#empty(crd)) await removeFinalizer(this.#api, request, CLEANUP);
  }

  async #establish(request: WriteRequest): Promise<void> {
    await update(this.#api, request, (current) => {
      const finalizers = [...new Set([...(current.metadata.finalizers ?? []), CLEANUP])];
      return { object: { ...current, metadata: { ...current.metadata, finalizers } } };
    });
    await update(this.#api, { ...request, subresource: 'status' }, (current) => ({
      object: withStatus(current as Crd, timestamp(this.#api.now())),
    }));
  }

  /** @returns whether no object of the kind is left. */
  async #empty(crd: Crd): Promise<boolean> {
    const { group, names } = crd.spec;
    const storage = `${group}/${names.plural}`;
    const resource = this.#api.registry.storages().find((one) => one.storage === storage);
    if (resource === undefined) return true;
    for (const [, object] of this.#api.store.list(`${storage}/`) ?? []) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      await removeIfThere(this.#api, systemRequest(resource, object, CONTROLLER), {});
    }
    return (this.#api.store.list(`${storage}/`) ?? []).length === 0;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#queue.close();
  }
}

function withStatus(crd: Crd, now: string): KubeObject {
  const { names, versions } = crd.spec;
  const storage = versions.find((one) => one.storage)?.name;
  const known = crd.status?.storedVersions ?? [];
  const storedVersions =
    storage === undefined || known.includes(storage) ? known : [...known, storage];
  const condition = (type: string, reason: string, message: string) => {
    const before = crd.status?.conditions?.find(
      (one) => one.type === type && one.status === 'True',
    );
    return before ?? { type, status: 'True', lastTransitionTime: now, reason, message };
  };
  const status = {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: names,
    storedVersions,
  };
  return deepEqual(crd.status, status) ? crd : { ...crd, status };
}
