/** A reflector under test, with what its handlers were told. */
import assert from 'node:assert/strict';
import type { KubeObject, Resource } from '../../src/runtime/kube-object.ts';
import { keyOf } from '../../src/runtime/kube-object.ts';
import type { Selection, StoreEvent } from '../../src/runtime/ports.ts';
import {
  REFLECTOR_TIMES,
  Reflector,
  type ReflectorObserver,
  type ReflectorTimes,
} from '../../src/runtime/reflector/reflector.ts';
import { CONFIG_MAPS } from '../../src/runtime/resources.ts';
import { silent, type TestApi } from './builders.ts';
import { eventually } from './eventually.ts';
import type { ApiRequest } from './fake-api-server.ts';

/** What is kept of an object. */
export interface Seen {
  readonly uid: string;
  readonly version: string;
}

/** Impatient, so that tests need not wait. */
export const QUICK: ReflectorTimes = {
  ...REFLECTOR_TIMES,
  backoff: { baseMs: 1, maxMs: 10 },
  minGapMs: 0,
  listTimeoutMs: 2_000,
};

export interface Mirror {
  readonly reflector: Reflector<Seen>;
  readonly events: StoreEvent<Seen>[];
  readonly rounds: string[];
  /** Waits until the cache shows exactly what the server holds. */
  agrees(): Promise<void>;
}

export function startMirror(
  api: TestApi,
  options: {
    readonly resource?: Resource;
    readonly selection?: Selection;
    readonly times?: ReflectorTimes;
    readonly project?: (object: KubeObject) => Seen;
    readonly random?: () => number;
    readonly pageSize?: number;
  } = {},
): Mirror {
  const rounds: string[] = [];
  const events: StoreEvent<Seen>[] = [];
  const observer: ReflectorObserver = {
    onRound: (_, kind, end) => void rounds.push(`${kind} ${end}`),
    onHandlerError: () => void rounds.push('handler error'),
  };
  const { resource = CONFIG_MAPS, times = QUICK, project = seenOf, ...rest } = options;
  const { client } = api;
  const reflector = new Reflector<Seen>({
    client,
    resource,
    project,
    logger: silent,
    observer,
    times,
    ...rest,
  });
  /** What a handler that believes its events would hold. */
  const believed = new Map<string, Seen>();
  reflector.onEvent((event) => {
    events.push(event);
    follow(believed, event);
  });
  const running = reflector.run(api.signal);
  // It never rejects; a bug that makes it do so must fail the test run.
  running.catch((error: unknown) => queueMicrotask(() => assert.fail(String(error))));
  const everything: Pick<ApiRequest, 'apiVersion' | 'plural' | 'namespace' | 'query'> = {
    apiVersion: 'v1',
    plural: resource.plural,
    namespace: options.selection?.namespace ?? '',
    query: new URLSearchParams(
      options.selection?.labelSelector === undefined
        ? {}
        : { labelSelector: options.selection.labelSelector },
    ),
  };
  return {
    reflector,
    events,
    rounds,
    async agrees() {
      await reflector.whenSynced(api.signal);
      const expected = (): string =>
        text(api.server.state.list(everything).map((each) => [keyOf(each.metadata), seenOf(each)]));
      const actual = (): string => {
        const { store } = reflector;
        return text([...store.keys()].map((key) => [key, store.get(key)]));
      };
      await eventually('the cache agrees with the server', () => actual() === expected());
      assert.equal(text([...believed]), expected(), 'the events tell the same story');
    },
  };
}

function seenOf(object: KubeObject): Seen {
  return { uid: object.metadata.uid, version: object.metadata.resourceVersion };
}

/** Events must fit what was told before. */
function follow(believed: Map<string, Seen>, event: StoreEvent<Seen>): void {
  const before = believed.get(event.key);
  switch (event.type) {
    case 'added':
      assert.equal(before, undefined, `${event.key} was added twice`);
      believed.set(event.key, event.object);
      return;
    case 'updated':
      assert.deepEqual(before, event.old, `${event.key}: old is not what was told before`);
      assert.equal(event.object.uid, event.old.uid, `${event.key} is another object`);
      believed.set(event.key, event.object);
      return;
    case 'deleted':
      assert.equal(before?.uid, event.object.uid, `${event.key} was not there`);
      believed.delete(event.key);
  }
}

function text(entries: readonly (readonly [string, unknown])[]): string {
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
