/** The controller's runtime on a real kube-apiserver: what the fake one of its unit tests is believed to do. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  apiVersionOf,
  CONFIG_MAPS,
  connectByKubeconfig,
  createEventRecorder,
  createKubeClient,
  createTransport,
  EVENTS,
  isConflict,
  isGone,
  isNotFound,
  type KubeClient,
  type KubeObject,
  keyOf,
  LEASES,
  LeadershipLostError,
  type ObjectToWrite,
  pino,
  REFLECTOR_TIMES,
  Reflector,
  runElected,
  type StoreEvent,
  type Term,
  type Transport,
} from '../support/controller/package.ts';
import { type ControlPlane, startControlPlane } from '../support/kube/control-plane.ts';
import { whyNoControlPlane } from '../support/kube/find.ts';

const WITHIN_MS = 120_000;
const NAMESPACE = 'default';
const logger = pino({ level: 'silent' });

async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + WITHIN_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `never: ${what}`);
    await sleep(20);
  }
}

function aMap(name: string, data: Record<string, string> = {}): ObjectToWrite {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: NAMESPACE, name, labels: { test: 'runtime' } },
    data,
  };
}

describe('the runtime on a real kube-apiserver', { skip: await whyNoControlPlane() }, () => {
  let plane: ControlPlane;
  let transport: Transport;
  let client: KubeClient;
  const ended = new AbortController();
  const { signal } = ended;
  const ours = { signal, fieldManager: 'us', force: true };

  before(async () => {
    plane = await startControlPlane({ signal: AbortSignal.timeout(WITHIN_MS) });
    const path = await plane.kubeconfigFor({ token: plane.token });
    transport = createTransport(await connectByKubeconfig({ kind: 'file', path }));
    client = createKubeClient({ transport });
  });
  after(async () => {
    ended.abort(new Error('the tests have ended'));
    transport?.close();
    await plane?.stop();
  });

  it('applies with field ownership, and guards writes by uid and version', async () => {
    const first = await client.apply(CONFIG_MAPS, aMap('owned', { a: '1', b: '2' }), ours);
    const them = { ...ours, fieldManager: 'them' };
    await client.apply(CONFIG_MAPS, aMap('owned', { c: '3' }), them);
    const second = await client.apply(CONFIG_MAPS, aMap('owned', { a: '1' }), ours);
    assert.deepEqual(second['data'], { a: '1', c: '3' });
    const again = await client.apply(CONFIG_MAPS, aMap('owned', { a: '1' }), ours);
    assert.equal(again.metadata.resourceVersion, second.metadata.resourceVersion);
    const taken = client.apply(CONFIG_MAPS, aMap('owned', { a: '9' }), { ...them, force: false });
    await assert.rejects(taken, isConflict);
    const name = { namespace: NAMESPACE, name: 'owned' };
    const stale = { resourceVersion: first.metadata.resourceVersion };
    const json = {
      type: 'json',
      operations: [{ op: 'add', path: '/data/d', value: '4' }],
    } as const;
    const merge = { type: 'merge', value: { data: { d: '4' } } } as const;
    for (const patch of [json, merge]) {
      const old = client.patch(CONFIG_MAPS, name, patch, { signal, preconditions: stale });
      await assert.rejects(old, isConflict);
      const uid = { uid: first.metadata.uid };
      await client.patch(CONFIG_MAPS, name, patch, { signal, preconditions: uid });
      const other = client.patch(CONFIG_MAPS, name, patch, {
        signal,
        preconditions: { uid: '00000000-0000-0000-0000-000000000000' },
      });
      await assert.rejects(other, (error: unknown) => error instanceof Error);
    }
    await assert.rejects(
      client.delete(CONFIG_MAPS, name, { signal, preconditions: stale }),
      isConflict,
    );
    await client.delete(CONFIG_MAPS, name, {
      signal,
      preconditions: { uid: first.metadata.uid },
      propagation: 'Foreground',
    });
    await client.delete(CONFIG_MAPS, name, { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  });

  it('pages through a list and names what it lists', async () => {
    for (const name of ['p1', 'p2', 'p3']) await client.apply(CONFIG_MAPS, aMap(name), ours);
    const found: string[] = [];
    let continueToken: string | undefined;
    do {
      const page = await client.list(
        CONFIG_MAPS,
        {
          namespace: NAMESPACE,
          labelSelector: 'test=runtime',
          limit: 2,
          ...(continueToken === undefined ? {} : { continueToken }),
        },
        { signal },
      );
      for (const { kind, apiVersion, metadata } of page.items)
        found.push(`${apiVersion} ${kind} ${metadata.name}`);
      ({ continueToken } = page);
    } while (continueToken !== undefined);
    assert.deepEqual(
      found.filter((each) => / p\d$/.test(each)),
      ['v1 ConfigMap p1', 'v1 ConfigMap p2', 'v1 ConfigMap p3'],
    );
  });

  it('records events that the API accepts', async () => {
    const regarding = await client.apply(CONFIG_MAPS, aMap('told'), ours);
    const stop = new AbortController();
    const recorder = createEventRecorder<'Scaled'>({
      client,
      reasons: ['Scaled'],
      reportingController: 'radondb.com/controller',
      reportingInstance: 'test',
      logger,
    });
    const running = recorder.run(stop.signal);
    const event = { regarding, type: 'Normal', reason: 'Scaled', action: 'Scale' } as const;
    for (let n = 0; n < 3; n += 1) recorder.record({ ...event, note: 'from 3 to 5' });
    stop.abort();
    await running;
    const query = { namespace: NAMESPACE, fieldSelector: 'reason=Scaled' };
    const { items } = await client.list(EVENTS, query, { signal });
    assert.deepEqual(
      items.map((item) => [item['note'], (item['series'] as { count: number }).count]),
      [['from 3 to 5', 3]],
    );
  });

  it('follows what happens over killed, restarted and silent API servers', async () => {
    const times = { ...REFLECTOR_TIMES, backoff: { baseMs: 50, maxMs: 500 }, silenceMs: 3_000 };
    const ends: string[] = [];
    const events: StoreEvent<string>[] = [];
    const reflector = new Reflector<string>({
      client,
      resource: CONFIG_MAPS,
      selection: { namespace: NAMESPACE, labelSelector: 'test=runtime' },
      project: (object: KubeObject) => object.metadata.uid,
      logger,
      times,
      observer: {
        onRound: (_, kind, end) => void ends.push(`${kind} ${end}`),
        onHandlerError: () => assert.fail('a handler failed'),
      },
    });
    reflector.onEvent((event) => void events.push(event));
    const stop = new AbortController();
    const following = reflector.run(stop.signal);
    await reflector.whenSynced(signal);
    const isKnown = async (object: Promise<KubeObject>): Promise<void> => {
      const { metadata } = await object;
      const key = keyOf(metadata);
      await eventually(`${key} is known`, () => reflector.store.get(key) === metadata.uid);
    };
    await isKnown(client.apply(CONFIG_MAPS, aMap('follow'), ours));
    await plane.killApiServer();
    await plane.restartApiServer();
    const name = { namespace: NAMESPACE, name: 'follow' };
    await eventually('the server answers', async () => {
      const deleted = client.delete(CONFIG_MAPS, name, { signal });
      return await deleted.then(() => true, isNotFound);
    });
    await isKnown(client.apply(CONFIG_MAPS, aMap('follow'), ours));
    const told = events.filter((event) => event.key === keyOf(name)).map((event) => event.type);
    assert.deepEqual(told, ['added', 'deleted', 'added']);
    // It keeps no history from before its start: what asks for it is sent to list.
    await assert.rejects(async () => {
      const query = { resourceVersion: '1', timeoutSeconds: 5, silenceMs: 10_000 };
      for await (const event of client.watch(CONFIG_MAPS, query, { signal })) assert.ok(event);
    }, isGone);
    const pid = plane.apiServerPid;
    assert.ok(pid !== null);
    const silences = (): number => ends.filter((end) => end === 'watch silent').length;
    const before = silences();
    process.kill(pid, 'SIGSTOP');
    try {
      await eventually('the silence is noticed', () => silences() > before);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await isKnown(client.apply(CONFIG_MAPS, aMap('after-silence'), ours));
    stop.abort();
    await following;
  });

  it('elects one of two, fences it while the API server is away, and elects again', async () => {
    const lease = { namespace: NAMESPACE, name: 'runtime-test' };
    const times = {
      leaseDurationMs: 4_000,
      renewDeadlineMs: 2_500,
      retryMs: 500,
      endOfWorkMs: 5_000,
    };
    const terms = new Map<string, Term[]>([
      ['a', []],
      ['b', []],
    ]);
    const stop = new AbortController();
    const working = (term: Term): Promise<void> =>
      new Promise((resolve) => {
        const either = AbortSignal.any([term.signal, stop.signal]);
        either.addEventListener('abort', () => resolve(), { once: true });
      });
    const elections = [...terms].map(([identity, mine]) =>
      runElected({
        client,
        lease,
        identity,
        stop: stop.signal,
        work: async (term) => {
          mine.push(term);
          await working(term);
        },
        logger,
        times,
      }),
    );
    const held = (): Term[] => [...terms.values()].flat().filter((term) => term.isHeld);
    await eventually('one leads', () => held().length === 1);
    const [first] = held();
    assert.ok(first !== undefined);
    const fenced = createKubeClient({ transport, guard: first });
    await fenced.apply(CONFIG_MAPS, aMap('led', { by: 'first' }), ours);
    await plane.killApiServer();
    await eventually('its term is over', () => !first.isHeld);
    await plane.restartApiServer();
    await assert.rejects(
      fenced.apply(CONFIG_MAPS, aMap('led', { by: 'late' }), ours),
      LeadershipLostError,
    );
    await eventually('one leads again', () => {
      assert.ok(held().length <= 1, 'two lead at once');
      return held().length === 1;
    });
    stop.abort();
    await Promise.all(elections);
    const released = await client.get(LEASES, lease, { signal });
    assert.equal(released.apiVersion, apiVersionOf(LEASES));
    assert.equal((released['spec'] as { holderIdentity?: string }).holderIdentity ?? '', '');
  });
});
