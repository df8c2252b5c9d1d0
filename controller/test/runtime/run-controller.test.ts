import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { changedBeyondStatus, keysFrom } from '../../src/runtime/keys-from.ts';
import { ApiError, isNotFound } from '../../src/runtime/kube/api-error.ts';
import { type KubeObject, keyOf, nameOfKey } from '../../src/runtime/kube-object.ts';
import { createRuntimeMetrics } from '../../src/runtime/metrics.ts';
import type { KubeClient, Reconcile, ReconcileResult } from '../../src/runtime/ports.ts';
import { Reflector } from '../../src/runtime/reflector/reflector.ts';
import { CONFIG_MAPS, PODS } from '../../src/runtime/resources.ts';
import {
  CONTROLLER_TIMES,
  type ControllerOptions,
  type RunningController,
  runController,
} from '../../src/runtime/run-controller.ts';
import { aConfigMap, aFakeApi, aPod, aStored, silent, type TestApi } from '../support/builders.ts';
import { forEachCrashPoint } from '../support/crashing-client.ts';
import { create, put, remove } from '../support/direct.ts';
import { eventually } from '../support/eventually.ts';
import { QUICK } from '../support/mirror.ts';

const TIMES = { ...CONTROLLER_TIMES, backoff: { baseMs: 1, maxMs: 20 } };
const DONE: ReconcileResult = { outcome: 'up to date' };

function reflect(api: TestApi, resource: typeof PODS): Reflector<KubeObject> {
  const { client, signal } = api;
  const reflector = new Reflector({
    client,
    resource,
    project: (object) => object,
    indexes: { label: (object) => Object.values(object.metadata.labels ?? {}) },
    logger: silent,
    times: QUICK,
  });
  void reflector.run(signal);
  return reflector;
}

interface Harness {
  readonly controller: RunningController;
  readonly stop: AbortController;
  readonly fence: AbortController;
}

function start(
  api: TestApi,
  reconcile: Reconcile,
  options: Partial<ControllerOptions> = {},
): Harness {
  const stop = new AbortController();
  const fence = new AbortController();
  const source = reflect(api, CONFIG_MAPS);
  const controller = runController({
    name: 'test',
    sources: [keysFrom({ source, keysOf: (object) => [keyOf(object.metadata)] })],
    reconcile,
    workers: 4,
    stop: AbortSignal.any([stop.signal, api.signal]),
    fence: fence.signal,
    logger: silent,
    times: TIMES,
    ...options,
  });
  return { controller, stop, fence };
}

describe('the controller harness', () => {
  it('looks at everything once all sources have synced, then at what changes', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    create(server, aConfigMap('a'));
    create(server, aConfigMap('b'));
    let release = (): void => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.faults.add((request) => request.plural === 'pods', { kind: 'delay', until }, 1);
    const pods = reflect(api, PODS);
    const maps = reflect(api, CONFIG_MAPS);
    const keys: string[] = [];
    const reconcile: Reconcile = (key) => {
      assert.ok(pods.hasSynced && maps.hasSynced);
      keys.push(key);
      return Promise.resolve(DONE);
    };
    const ownerOf = (pod: KubeObject): string[] => Object.values(pod.metadata.labels ?? {});
    start(api, reconcile, {
      sources: [
        keysFrom({ source: maps, keysOf: (object) => [keyOf(object.metadata)] }),
        keysFrom({ source: pods, keysOf: (pod) => ownerOf(pod).map((name) => `default/${name}`) }),
      ],
    });
    await eventually('config maps are known', () => maps.hasSynced);
    assert.deepEqual(keys, []);
    release();
    await eventually('both were looked at', () => keys.length === 2);
    assert.deepEqual(keys.splice(0), ['default/a', 'default/b']);
    create(server, aPod('p', { of: 'a' }));
    await eventually('the owner was looked at', () => keys.length === 1);
    assert.deepEqual(keys.splice(0), ['default/a']);
    put(server, aPod('p', { of: 'b' }));
    await eventually('both owners were looked at', () => keys.length === 2);
    assert.deepEqual(keys.toSorted(), ['default/a', 'default/b']);
  });

  it('never works on a key twice at once, and works on others meanwhile', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    for (const name of ['a', 'b', 'c']) create(server, aConfigMap(name));
    const running = new Set<string>();
    let together = 0;
    let runs = 0;
    let isReleased = false;
    start(api, async (key) => {
      assert.ok(!running.has(key), 'two workers on one key');
      running.add(key);
      together = Math.max(together, running.size);
      await eventually('released', () => isReleased);
      running.delete(key);
      runs += 1;
      return DONE;
    });
    await eventually('all three run', () => together === 3);
    for (let n = 0; n < 50; n += 1) put(server, aConfigMap('a', { n: String(n) }));
    isReleased = true;
    await eventually('all were looked at', () => runs >= 4 && running.size === 0);
  });

  it('tries again what fails, with the count of failures, and comes back when asked to', async () => {
    await using api = await aFakeApi();
    create(api.server, aConfigMap('a'));
    const registry = new Registry();
    const metrics = createRuntimeMetrics(registry);
    const seen: number[] = [];
    const { controller } = start(
      api,
      (_, { failures }) => {
        seen.push(failures);
        if (seen.length < 3) return Promise.reject(new Error('not yet'));
        if (seen.length === 3) {
          const conflict = { code: 409, reason: 'Conflict', message: 'modified' };
          return Promise.reject(new ApiError(conflict));
        }
        return Promise.resolve(seen.length < 6 ? { outcome: 'waits', requeueAfterMs: 1 } : DONE);
      },
      { observer: metrics.controllers },
    );
    metrics.watchController('test', controller);
    await eventually('it was tried', () => seen.length === 6);
    assert.deepEqual(seen, [0, 1, 2, 3, 0, 0]);
    await eventually('it rests', async () =>
      /workqueue_depth\{name="test"\} 0/.test(await registry.metrics()),
    );
    const text = await registry.metrics();
    assert.match(text, /controller_runtime_reconcile_total\{controller="test",result="error"\} 2/);
    assert.match(
      text,
      /controller_runtime_reconcile_total\{controller="test",result="conflict"\} 1/,
    );
    assert.match(text, /controller_runtime_reconcile_errors_total\{controller="test"\} 2/);
    assert.match(text, /workqueue_retries_total\{name="test"\} 3/);
    assert.match(text, /workqueue_longest_running_processor_seconds\{name="test"\} 0/);
  });

  it('ends a reconcile that takes too long, and still never runs its key twice at once', async () => {
    await using api = await aFakeApi();
    create(api.server, aConfigMap('a'));
    let runs = 0;
    let running = 0;
    start(
      api,
      async (_, { signal }) => {
        runs += 1;
        running += 1;
        assert.equal(running, 1);
        if (runs === 1) await eventually('it is told to end', () => signal.aborted);
        running -= 1;
        signal.throwIfAborted();
        return DONE;
      },
      { times: { ...TIMES, reconcileTimeoutMs: 10 } },
    );
    await eventually('it was tried again', () => runs === 2 && running === 0);
  });

  it('looks at what its sources knew before it began, as a standby that takes over', async () => {
    await using api = await aFakeApi();
    create(api.server, aConfigMap('a'));
    const source = reflect(api, CONFIG_MAPS);
    await source.whenSynced(api.signal);
    const keys: string[] = [];
    const reconcile: Reconcile = (key) => {
      keys.push(key);
      return Promise.resolve(DONE);
    };
    const sources = [keysFrom({ source, keysOf: ({ metadata }) => [keyOf(metadata)] })];
    start(api, reconcile, { sources });
    await eventually('it was looked at', () => keys.length === 1);
  });

  it('lets work under way end when it is stopped, and aborts it at once when it is fenced', async () => {
    for (const how of ['stop', 'fence'] as const) {
      await using api = await aFakeApi();
      create(api.server, aConfigMap('a'));
      let isReleased = false;
      let wasAborted: boolean | null = null;
      const reconcile: Reconcile = async (_, { signal }) => {
        await eventually('released or aborted', () => isReleased || signal.aborted);
        wasAborted = signal.aborted;
        return DONE;
      };
      const times = { ...TIMES, drainMs: 600_000 };
      const { controller, stop, fence } = start(api, reconcile, { times });
      await eventually('it runs', () => controller.longestRunningMs > 0);
      (how === 'stop' ? stop : fence).abort(new Error(how));
      let isDone = false;
      void controller.done.then(() => {
        isDone = true;
      });
      if (how === 'stop') {
        put(api.server, aConfigMap('a', { k: 'v' }));
        await Promise.resolve();
        assert.equal(isDone, false);
        isReleased = true;
      }
      await controller.done;
      assert.equal(wasAborted, how === 'fence');
    }
  });

  it('aborts work that outlasts the patience of a stop', async () => {
    await using api = await aFakeApi();
    create(api.server, aConfigMap('a'));
    const { controller, stop } = start(
      api,
      async (_, { signal }) => {
        await eventually('aborted', () => signal.aborted);
        throw signal.reason;
      },
      { times: { ...TIMES, drainMs: 5 } },
    );
    await eventually('it runs', () => controller.longestRunningMs > 0);
    stop.abort();
    await controller.done;
  });

  it('looks at everything again now and then', async () => {
    await using api = await aFakeApi();
    create(api.server, aConfigMap('a'));
    let runs = 0;
    const reconcile: Reconcile = () => {
      runs += 1;
      return Promise.resolve(DONE);
    };
    start(api, reconcile, { times: { ...TIMES, resyncMs: 10 } });
    await eventually('it was looked at again', () => runs >= 3);
  });
});

describe('a change beyond status', () => {
  const before = aStored('a', { generation: 1, labels: { a: '1' } });
  const cases: readonly (readonly [string, Partial<KubeObject['metadata']>, boolean])[] = [
    ['another resourceVersion', { resourceVersion: '2' }, false],
    ['another generation', { generation: 2 }, true],
    ['another annotation', { annotations: { restart: 'now' } }, true],
    ['another label', { labels: { a: '2' } }, true],
    ['a deletion', { deletionTimestamp: '2026-01-01T00:00:00Z' }, true],
  ];
  for (const [what, change, expected] of cases)
    it(`is ${expected ? '' : 'not '}${what}`, () => {
      const metadata = { ...before.metadata, ...change };
      assert.equal(changedBeyondStatus({ metadata }, before), expected);
    });
});

describe('a controller that is killed between any two calls', () => {
  /** A small reconcile with three kinds of writes: for each config map a pod, then a label that says so. */
  function reconcileWith(client: KubeClient): Reconcile {
    return async (key, { signal }) => {
      const { namespace = '', name } = nameOfKey(key);
      const map = await client.get(CONFIG_MAPS, { namespace, name }, { signal }).catch(absent);
      if (map === null) return DONE;
      const owned = { signal, fieldManager: 'test', force: true };
      await client.apply(PODS, aPod(`${name}-0`, { of: name }), owned);
      const old = { namespace, name: `${name}-old` };
      await client.delete(PODS, old, { signal }).catch(absent);
      await client.apply(CONFIG_MAPS, aConfigMap(name, {}, { labels: { done: 'yes' } }), owned);
      return DONE;
    };
  }

  function absent(error: unknown): null {
    if (isNotFound(error)) return null;
    throw error;
  }

  it('ends where it would have ended', async () => {
    const writes = await forEachCrashPoint(async (wrap) => {
      await using api = await aFakeApi();
      const { server } = api;
      create(server, aConfigMap('a'));
      create(server, aPod('a-old'));
      const first = wrap(api.client);
      const context = { signal: api.signal, logger: silent, failures: 0 };
      await reconcileWith(first)('default/a', context).catch((error: unknown) => {
        if (!first.hasCrashed) throw error;
      });
      start(api, reconcileWith(api.client));
      const names = (plural: string, labelSelector: string): string[] =>
        server.state
          .list({
            apiVersion: 'v1',
            plural,
            namespace: '',
            query: new URLSearchParams({ labelSelector }),
          })
          .map((object) => object.metadata.name);
      await eventually('all is done', () => names('configmaps', 'done=yes').length === 1);
      assert.deepEqual(names('pods', ''), ['a-0']);
    });
    assert.equal(writes, 3);
  });
});

describe('a storm of conflicts', () => {
  it('ends with what everybody wanted', async () => {
    await using api = await aFakeApi();
    const { server, client } = api;
    create(server, aConfigMap('a', { count: '0' }));
    let isWrittenByUs = false;
    const reconcile: Reconcile = async (_, { signal }) => {
      const name = { namespace: 'default', name: 'a' };
      const map = await client.get(CONFIG_MAPS, name, { signal });
      if ((map['data'] as { ours?: string }).ours === 'yes') {
        isWrittenByUs = true;
        return DONE;
      }
      // Somebody writes between our read and our write, twenty times.
      const count = Number((map['data'] as { count: string }).count);
      if (count < 20) put(server, aConfigMap('a', { count: String(count + 1) }));
      const data = { ...(map['data'] as object), ours: 'yes' };
      await client.replace(CONFIG_MAPS, { ...map, data }, { signal });
      return DONE;
    };
    start(api, reconcile);
    await eventually('our write is there', () => isWrittenByUs);
    const [map] = server.state.list({
      apiVersion: 'v1',
      plural: 'configmaps',
      namespace: '',
      query: new URLSearchParams(),
    });
    assert.deepEqual(map?.['data'], { count: '20', ours: 'yes' });
    remove(server, aConfigMap('a'));
  });
});
