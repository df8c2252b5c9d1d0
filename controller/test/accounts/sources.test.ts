import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DATABASE_INDICES,
  mysqlDatabaseSources,
  mysqlUserSources,
  USER_INDICES,
} from '../../src/accounts/sources.ts';
import type { KeySource } from '../../src/runtime/keys-from.ts';
import { type KubeObject, keyOf } from '../../src/runtime/kube-object.ts';
import type { Source, StoreEvent } from '../../src/runtime/ports.ts';
import { type IndexFunctions, ObjectStore } from '../../src/runtime/reflector/object-store.ts';

/** A reflector without an API server. */
class FakeSource implements Source<KubeObject> {
  readonly name = 'fake';
  readonly hasSynced = true;
  readonly store: ObjectStore<KubeObject>;
  readonly #handlers = new Set<(event: StoreEvent<KubeObject>) => void>();

  constructor(indexes: IndexFunctions<KubeObject> = {}) {
    this.store = new ObjectStore(indexes);
  }

  async whenSynced(): Promise<void> {}

  onEvent(handler: (event: StoreEvent<KubeObject>) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  put(object: KubeObject): void {
    const { uid, resourceVersion } = object.metadata;
    this.#tell(this.store.put({ key: keyOf(object.metadata), uid, resourceVersion, object }));
  }

  delete(object: KubeObject): void {
    for (const handler of this.#handlers)
      handler({ type: 'deleted', key: keyOf(object.metadata), object });
  }

  #tell(events: readonly StoreEvent<KubeObject>[]): void {
    for (const event of events) for (const handler of this.#handlers) handler(event);
  }
}

let version = 0;
const anObject = (kind: string, key: string, fields: Record<string, unknown> = {}): KubeObject => {
  const [namespace = '', name = ''] = key.split('/');
  version += 1;
  const metadata = { namespace, name, uid: key, resourceVersion: String(version), generation: 1 };
  return { apiVersion: 'v1', kind, metadata, ...fields };
};
const aUser = (key: string, spec: Record<string, unknown> = {}): KubeObject =>
  anObject('MysqlUser', key, {
    spec: { clusterRef: { name: 'demo' }, passwordSecretRef: { name: 'secret' }, ...spec },
  });

function heardFrom(sources: readonly KeySource[]): string[] {
  const heard: string[] = [];
  for (const source of sources) source.onKey((key) => heard.push(key));
  return heard;
}

function aWorld() {
  const objects = new FakeSource(USER_INDICES);
  const clusters = new FakeSource();
  const namespaces = new FakeSource();
  const secrets = new FakeSource();
  for (const user of [
    aUser('shop/app'),
    aUser('shop/same', { user: 'app' }),
    aUser('shop/other', { clusterRef: { name: 'other' }, passwordSecretRef: { name: 'else' } }),
    aUser('away/app', { clusterRef: { name: 'demo', namespace: 'shop' } }),
  ])
    objects.put(user);
  const heard = heardFrom(mysqlUserSources({ objects, clusters, namespaces, secrets }));
  /** What was heard since the last time. */
  const take = (): readonly string[] => [...new Set(heard.splice(0))].sort();
  return { objects, clusters, namespaces, secrets, take };
}

describe('what wakes a MysqlUser', () => {
  it('its Secret, in its own namespace', () => {
    const { secrets, take } = aWorld();
    secrets.put(anObject('Secret', 'shop/secret'));
    assert.deepEqual(take(), ['shop/app', 'shop/same']);
    secrets.put(anObject('Secret', 'shop/secret'));
    assert.deepEqual(take(), ['shop/app', 'shop/same'], 'a new password');
    secrets.put(anObject('Secret', 'shop/third'));
    assert.deepEqual(take(), []);
  });

  it('its cluster, when it comes, changes its primary, its mind or its pause, and not otherwise', () => {
    const { clusters, take } = aWorld();
    const all = ['away/app', 'shop/app', 'shop/same'];
    const cluster = (fields: Record<string, unknown>) =>
      clusters.put(anObject('MysqlCluster', 'shop/demo', fields));
    cluster({ spec: {}, status: { primary: 'demo-0' } });
    assert.deepEqual(take(), all);
    cluster({ spec: {}, status: { primary: 'demo-0', epoch: 7 } });
    assert.deepEqual(take(), []);
    cluster({ spec: {}, status: { primary: 'demo-1' } });
    assert.deepEqual(take(), all);
    cluster({ spec: { accounts: { namespaces: { from: 'All' } } }, status: { primary: 'demo-1' } });
    assert.deepEqual(take(), all);
    cluster({ spec: { paused: true }, status: { primary: 'demo-1' } });
    assert.deepEqual(take(), all);
  });

  it("its namespace's labels", () => {
    const { namespaces, take } = aWorld();
    const namespace = (labels: Record<string, string>): KubeObject => {
      const { namespace: _none, ...metadata } = anObject('Namespace', '/away').metadata;
      return { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, labels } };
    };
    namespaces.put(namespace({}));
    assert.deepEqual(take(), ['away/app']);
    namespaces.put(namespace({ team: 'a' }));
    assert.deepEqual(take(), ['away/app']);
    namespaces.put(namespace({ team: 'a' }));
    assert.deepEqual(take(), []);
  });

  it('itself, and another of the same account; its status does not', () => {
    const { objects, take } = aWorld();
    const before = objects.store.get('shop/app')!;
    objects.put({ ...before, metadata: { ...before.metadata, resourceVersion: 'x' }, status: {} });
    assert.deepEqual(take(), []);
    objects.put({
      ...before,
      metadata: { ...before.metadata, resourceVersion: 'y', generation: 2 },
    });
    assert.deepEqual(take(), ['away/app', 'shop/app', 'shop/same']);
    objects.delete(objects.store.get('shop/same')!);
    assert.deepEqual(take(), ['away/app', 'shop/app', 'shop/same']);
  });

  it('an object whose spec makes no sense wakes itself', () => {
    const { objects, take } = aWorld();
    for (const spec of [undefined, null, [], { clusterRef: 1 }, { passwordSecretRef: 'x' }])
      objects.put(anObject('MysqlUser', 'shop/bad', { spec }));
    assert.ok(take().includes('shop/bad'));
  });
});

describe('what wakes a MysqlDatabase', () => {
  it('its cluster and another of the same schema', () => {
    const objects = new FakeSource(DATABASE_INDICES);
    const [clusters, namespaces] = [new FakeSource(), new FakeSource()];
    const spec = { clusterRef: { name: 'demo' } };
    objects.put(anObject('MysqlDatabase', 'shop/orders', { spec }));
    const heard = heardFrom(mysqlDatabaseSources({ objects, clusters, namespaces }));
    objects.put(anObject('MysqlDatabase', 'shop/again', { spec: { ...spec, name: 'orders' } }));
    assert.deepEqual([...heard.splice(0)].sort(), ['shop/again', 'shop/again', 'shop/orders']);
    clusters.put(anObject('MysqlCluster', 'shop/demo'));
    assert.deepEqual(heard.sort(), ['shop/again', 'shop/orders']);
  });
});
