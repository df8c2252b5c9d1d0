import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ApiError,
  ApiUnreachableError,
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
} from '../../src/runtime/kube/api-error.ts';
import { createKubeClient } from '../../src/runtime/kube/kube-client.ts';
import { createTransport } from '../../src/runtime/kube/transport.ts';
import { CONFIG_MAPS, PODS } from '../../src/runtime/resources.ts';
import { aConfigMap, aFakeApi, aPod } from '../support/builders.ts';
import { eventually } from '../support/eventually.ts';

const NAME = { namespace: 'default', name: 'a' };

describe('the Kubernetes client', () => {
  it('creates, reads, replaces, patches and deletes an object, unknown fields included', async () => {
    await using api = await aFakeApi();
    const { client, signal } = api;
    const created = await client.create(
      CONFIG_MAPS,
      { ...aConfigMap('a'), newField: { x: [1] } },
      { signal },
    );
    assert.deepEqual(created['newField'], { x: [1] });
    const replaced = await client.replace(
      CONFIG_MAPS,
      { ...created, data: { k: 'v' } },
      { signal },
    );
    assert.deepEqual(replaced['newField'], { x: [1] });
    const value = { data: { k: null, other: '1' } };
    const patched = await client.patch(CONFIG_MAPS, NAME, { type: 'merge', value }, { signal });
    assert.deepEqual(patched['data'], { other: '1' });
    await client.delete(CONFIG_MAPS, NAME, { signal });
    await assert.rejects(client.get(CONFIG_MAPS, NAME, { signal }), isNotFound);
  });

  it('says by type and reason why the server refused', async () => {
    await using api = await aFakeApi();
    const { client, signal } = api;
    const created = await client.create(CONFIG_MAPS, aConfigMap('a'), { signal });
    await assert.rejects(client.create(CONFIG_MAPS, aConfigMap('a'), { signal }), isAlreadyExists);
    await client.replace(CONFIG_MAPS, { ...created, data: { a: '1' } }, { signal });
    const stale = client.replace(CONFIG_MAPS, { ...created, data: { a: '2' } }, { signal });
    await assert.rejects(stale, (error: unknown) => {
      assert.ok(isConflict(error) && !isAlreadyExists(error));
      assert.ok(error instanceof ApiError);
      assert.equal(error.code, 409);
      assert.equal(error.reason, 'Conflict');
      return true;
    });
    api.server.faults.add(
      () => true,
      { kind: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 3 },
      1,
    );
    await assert.rejects(client.get(CONFIG_MAPS, NAME, { signal }), (error: unknown) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.details.retryAfterSeconds, 3);
      return true;
    });
  });

  it('deletes and patches only what the preconditions name', async () => {
    await using api = await aFakeApi();
    const { client, signal } = api;
    const created = await client.create(CONFIG_MAPS, aConfigMap('a'), { signal });
    const { uid, resourceVersion } = created.metadata;
    const elsewhere = { signal, preconditions: { uid: 'another' } };
    await assert.rejects(client.delete(CONFIG_MAPS, NAME, elsewhere), isConflict);
    const merge = { type: 'merge', value: { metadata: { labels: { a: 'b' } } } } as const;
    await assert.rejects(client.patch(CONFIG_MAPS, NAME, merge, elsewhere), isConflict);
    const json = {
      type: 'json',
      operations: [{ op: 'add', path: '/data/k', value: 'v' }],
    } as const;
    const asRead = { signal, preconditions: { uid, resourceVersion } };
    const patched = await client.patch(CONFIG_MAPS, NAME, json, asRead);
    assert.deepEqual(patched['data'], { k: 'v' });
    await assert.rejects(client.patch(CONFIG_MAPS, NAME, json, asRead), isConflict);
    await client.delete(CONFIG_MAPS, NAME, { signal, preconditions: { uid } });
  });

  it('applies: creates, takes away what it no longer says, leaves what others say, writes status apart', async () => {
    await using api = await aFakeApi();
    const { client, signal } = api;
    const ours = { signal, fieldManager: 'us', force: true };
    await client.apply(PODS, aPod('a', { a: '1', b: '2' }), ours);
    await client.apply(PODS, aPod('a', { c: '3' }), { ...ours, fieldManager: 'them' });
    const second = await client.apply(PODS, aPod('a', { a: '1' }), ours);
    assert.deepEqual(second.metadata.labels, { a: '1', c: '3' });
    const again = await client.apply(PODS, aPod('a', { a: '1' }), ours);
    assert.equal(again.metadata.resourceVersion, second.metadata.resourceVersion);
    const taken = client.apply(PODS, aPod('a', { a: 'theirs' }), {
      ...ours,
      fieldManager: 'them',
      force: false,
    });
    await assert.rejects(taken, isConflict);
    const status = { ...aPod('a'), spec: { broken: true }, status: { phase: 'Running' } };
    const written = await client.apply(PODS, status, { ...ours, subresource: 'status' });
    assert.deepEqual(written['status'], { phase: 'Running' });
    assert.deepEqual(written['spec'], second['spec']);
    assert.equal(written.metadata.generation, second.metadata.generation);
  });

  it('lists page by page, with kind and apiVersion, and is told when a page is too old', async () => {
    await using api = await aFakeApi();
    const { client, signal } = api;
    for (const name of ['a', 'b', 'c'])
      await client.create(CONFIG_MAPS, aConfigMap(name), { signal });
    const first = await client.list(CONFIG_MAPS, { limit: 2 }, { signal });
    assert.deepEqual(
      first.items.map((item) => [item.kind, item.metadata.name]),
      [
        ['ConfigMap', 'a'],
        ['ConfigMap', 'b'],
      ],
    );
    const { continueToken } = first;
    assert.ok(continueToken !== undefined);
    const second = await client.list(CONFIG_MAPS, { limit: 2, continueToken }, { signal });
    assert.deepEqual(
      second.items.map((item) => item.metadata.name),
      ['c'],
    );
    assert.equal(second.continueToken, undefined);
    api.server.compact();
    await assert.rejects(client.list(CONFIG_MAPS, { limit: 2, continueToken }, { signal }), isGone);
  });

  it('never takes half an answer, or something else, for a whole one', async () => {
    await using api = await aFakeApi();
    const { client, server, signal } = api;
    await client.create(CONFIG_MAPS, aConfigMap('a', { k: 'v'.repeat(1000) }), { signal });
    for (const kind of ['cut-answer', 'no-items', 'garbage'] as const) {
      server.faults.add((request) => request.verb === 'list', { kind }, 1);
      await assert.rejects(client.list(CONFIG_MAPS, {}, { signal }), ApiUnreachableError, kind);
    }
    assert.equal((await client.list(CONFIG_MAPS, {}, { signal })).items.length, 1);
  });

  it('gives up at the deadline and at the signal, and says which', async () => {
    await using api = await aFakeApi();
    const { client, server, signal } = api;
    server.faults.add(() => true, { kind: 'hang', when: 'before' });
    const late = client.get(CONFIG_MAPS, NAME, { signal, timeoutMs: 20 });
    await assert.rejects(late, { name: 'ApiUnreachableError', code: 'TIMEOUT' });
    const stop = new AbortController();
    const call = client.get(CONFIG_MAPS, NAME, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(call, { message: 'enough' });
    await assert.rejects(client.get(CONFIG_MAPS, NAME, { signal: stop.signal }), {
      message: 'enough',
    });
  });

  it('goes on after the server has closed a kept connection', async () => {
    await using api = await aFakeApi();
    const { client, server, signal } = api;
    await client.create(CONFIG_MAPS, aConfigMap('a'), { signal });
    await server.restart();
    assert.equal((await client.get(CONFIG_MAPS, NAME, { signal })).metadata.name, 'a');
  });

  it('refuses an object without a namespace before anything is sent', async () => {
    await using api = await aFakeApi();
    const { client, signal } = api;
    await assert.rejects(
      client.get(CONFIG_MAPS, { name: 'a' }, { signal }),
      /metadata.namespace is missing/,
    );
    assert.equal(api.server.requests.length, 0);
  });
});

describe('the transport', () => {
  it('lets calls under way end when credentials change', async () => {
    await using api = await aFakeApi();
    const { server, signal } = api;
    let servername = 'before';
    const transport = createTransport({
      ...server.connection(),
      credentials: () => Promise.resolve({ headers: {}, tls: { servername } }),
    });
    const client = createKubeClient({ transport });
    let release = (): void => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    await client.create(CONFIG_MAPS, aConfigMap('a'), { signal });
    server.faults.add(() => true, { kind: 'delay', until }, 1);
    const slow = client.get(CONFIG_MAPS, NAME, { signal });
    await eventually('it is under way', () => server.requests.length === 2);
    servername = 'after';
    await client.get(CONFIG_MAPS, NAME, { signal });
    release();
    assert.equal((await slow).metadata.name, 'a');
    transport.close();
  });

  it('does not wait for credentials longer than for anything else', async () => {
    await using api = await aFakeApi();
    const { signal } = api;
    const connection = {
      ...api.server.connection(),
      credentials: () => new Promise<never>(() => {}),
    };
    const client = createKubeClient({ transport: createTransport(connection) });
    const late = client.get(CONFIG_MAPS, NAME, { signal, timeoutMs: 10 });
    await assert.rejects(late, { name: 'ApiUnreachableError', code: 'TIMEOUT' });
    const stop = new AbortController();
    const call = client.get(CONFIG_MAPS, NAME, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(call, { message: 'enough' });
  });
});

describe('a guarded client', () => {
  it('writes while the guard holds and reads for ever', async () => {
    await using api = await aFakeApi();
    const { signal } = api;
    let isHeld = true;
    const client = api.guarded({
      signal: new AbortController().signal,
      remainingMs: () => (isHeld ? 1000 : 0),
      assertHeld() {
        if (!isHeld) throw new Error('no longer');
      },
    });
    await client.create(CONFIG_MAPS, aConfigMap('a'), { signal });
    isHeld = false;
    await assert.rejects(client.create(CONFIG_MAPS, aConfigMap('b'), { signal }), /no longer/);
    await assert.rejects(client.delete(CONFIG_MAPS, NAME, { signal }), /no longer/);
    assert.equal((await client.get(CONFIG_MAPS, NAME, { signal })).metadata.name, 'a');
    assert.equal(api.server.writes.length, 1);
  });

  it('asks the guard again when the bytes go out, not only when the call is made', async () => {
    await using api = await aFakeApi();
    const { signal } = api;
    let asked = 0;
    const client = api.guarded({
      signal: new AbortController().signal,
      remainingMs: () => 1000,
      assertHeld() {
        asked += 1;
        if (asked > 1) throw new Error('ended while connecting');
      },
    });
    const call = client.create(CONFIG_MAPS, aConfigMap('a'), { signal });
    await assert.rejects(call, /ended while connecting/);
    assert.equal(api.server.requests.length, 0);
  });

  it('is cut off when the guard ends while a write is under way', async () => {
    await using api = await aFakeApi();
    const { server, signal } = api;
    const ended = new AbortController();
    const client = api.guarded({
      signal: ended.signal,
      remainingMs: () => 60_000,
      assertHeld() {},
    });
    server.faults.add(() => true, { kind: 'hang', when: 'before' });
    server.onRequest = () => ended.abort(new Error('lost'));
    await assert.rejects(client.create(CONFIG_MAPS, aConfigMap('a'), { signal }), /lost/);
  });
});
