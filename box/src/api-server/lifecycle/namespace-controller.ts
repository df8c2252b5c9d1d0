import type { StoreEvent } from '../store/history.ts';
import { type Api, timestamp } from './context.ts';
import { removeIfThere, systemRequest } from './system.ts';
import { WorkQueue } from './work-queue.ts';

const CONTROLLER = 'namespace-controller';
const PREFIX = '/namespaces//';
const INITIAL = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Empties a namespace that is being deleted, then ends it. */
export class NamespaceController {
  readonly #api: Api;
  readonly #queue: WorkQueue;
  readonly #unsubscribe: () => void;

  constructor(api: Api, failed: (key: string, error: unknown) => void) {
    this.#api = api;
    this.#queue = new WorkQueue((name) => this.#finalize(name), failed);
    for (const [, { metadata }] of api.store.list(PREFIX) ?? []) {
      if (metadata.deletionTimestamp !== undefined) this.#queue.add(metadata.name);
    }
    this.#unsubscribe = api.store.subscribe((event) => this.#observe(event));
  }

  #observe({ type, key, object }: StoreEvent): void {
    if (key.startsWith(PREFIX)) {
      if (type !== 'DELETED' && object.metadata.deletionTimestamp !== undefined)
        this.#queue.add(object.metadata.name);
      return;
    }
    const { namespace } = object.metadata;
    if (type !== 'DELETED' || namespace === undefined) return;
    const owner = this.#api.store.latest(`${PREFIX}${namespace}`);
    if (owner?.metadata.deletionTimestamp !== undefined) this.#queue.add(namespace);
  }

  async #finalize(name: string): Promise<void> {
    const { store, registry } = this.#api;
    const key = `${PREFIX}${name}`;
    if (store.latest(key)?.metadata.deletionTimestamp === undefined) return;
    let remaining = 0;
    for (const resource of registry.storages().filter((one) => one.namespaced)) {
      for (const [itemKey, object] of store.list(`${resource.storage}/${name}/`) ?? []) {
        if (object.metadata.deletionTimestamp === undefined) {
          await removeIfThere(this.#api, systemRequest(resource, object, CONTROLLER), {
            propagationPolicy: 'Background',
          });
        }
        if (store.latest(itemKey) !== undefined) remaining += 1;
      }
    }
    const namespace = store.latest(key);
    if (
      remaining > 0 ||
      namespace === undefined ||
      (namespace.metadata.finalizers ?? []).length > 0
    )
      return;
    await store.write(key, null, namespace);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#queue.close();
  }
}

/** Makes the namespaces that every cluster has. */
export async function makeInitialNamespaces(api: Api): Promise<void> {
  for (const name of INITIAL) {
    if (api.store.latest(`${PREFIX}${name}`) !== undefined) continue;
    await api.store.write(
      `${PREFIX}${name}`,
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name,
          uid: crypto.randomUUID(),
          creationTimestamp: timestamp(api.now()),
          labels: { 'kubernetes.io/metadata.name': name },
        },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      },
      undefined,
    );
  }
}
