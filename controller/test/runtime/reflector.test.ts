import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PODS } from '../../src/runtime/resources.ts';
import { aConfigMap, aFakeApi, aPod } from '../support/builders.ts';
import { create, put, remove } from '../support/direct.ts';
import { eventually } from '../support/eventually.ts';
import type { ApiRequest } from '../support/fake-api-server.ts';
import { QUICK, startMirror } from '../support/mirror.ts';

const isList = (request: ApiRequest): boolean => request.verb === 'list';
const isWatch = (request: ApiRequest): boolean => request.verb === 'watch';

describe('the reflector', () => {
  it('follows what is created, changed, deleted and created again', async () => {
    await using api = await aFakeApi();
    const { server, signal } = api;
    create(server, aConfigMap('a'));
    const mirror = startMirror(api);
    await mirror.reflector.whenSynced(signal);
    await eventually('it watches', () => server.watchCount === 1);
    put(server, aConfigMap('a', { k: '1' }));
    create(server, aConfigMap('b'));
    remove(server, aConfigMap('a'));
    create(server, aConfigMap('a'));
    await mirror.agrees();
    assert.deepEqual(
      mirror.events.map((event) => `${event.type} ${event.key}`),
      [
        'added default/a',
        'updated default/a',
        'added default/b',
        'deleted default/a',
        'added default/a',
      ],
    );
  });

  it('tells both halves of a re-creation that it did not see', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    create(server, aConfigMap('a'));
    const mirror = startMirror(api);
    await mirror.agrees();
    await server.down();
    remove(server, aConfigMap('a'));
    create(server, aConfigMap('a'));
    server.compact();
    await server.up();
    await mirror.agrees();
    assert.deepEqual(
      mirror.events.map((event) => event.type),
      ['added', 'deleted', 'added'],
    );
  });

  it('makes up for what happened while the server restarted, without a new list', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    const mirror = startMirror(api);
    await mirror.agrees();
    await server.down();
    for (let n = 0; n < 10; n += 1) create(server, aConfigMap(`c${n}`));
    await server.up();
    await mirror.agrees();
    assert.equal(mirror.rounds.filter((round) => round.startsWith('list')).length, 1);
  });

  it('lists again after 410, and finds what was deleted meanwhile', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    for (const name of ['a', 'b']) create(server, aConfigMap(name));
    const mirror = startMirror(api);
    await mirror.agrees();
    server.faults.add(isWatch, { kind: 'reset', when: 'before' }, 3);
    server.cutWatches();
    remove(server, aConfigMap('a'));
    create(server, aConfigMap('c'));
    server.compact();
    await mirror.agrees();
    assert.ok(mirror.rounds.includes('watch gone'));
  });

  it('keeps its place by bookmarks, so that compaction costs no list', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    const mirror = startMirror(api);
    await mirror.agrees();
    await eventually('it watches', () => server.watchCount === 1);
    for (let n = 0; n < 5; n += 1) put(server, { ...aPod('p'), data: n });
    const versionBefore = server.state.resourceVersion;
    server.bookmark();
    create(server, aConfigMap('a'));
    await mirror.agrees();
    server.state.compact();
    server.cutWatches();
    await eventually('it watches again', () => server.requests.filter(isWatch).length === 2);
    const [, second] = server.requests.filter(isWatch);
    assert.ok(Number(second?.query.get('resourceVersion')) > versionBefore);
    assert.equal(server.requests.filter(isList).length, 1);
  });

  it('never shows half a list, however lists fail', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    for (let n = 0; n < 10; n += 1) create(server, aConfigMap(`c${n}`));
    const isSecondPage = (request: ApiRequest): boolean =>
      isList(request) && request.query.has('continue');
    server.faults.add(isList, { kind: 'status', code: 503, reason: 'ServiceUnavailable' }, 2);
    server.faults.add(isList, { kind: 'reset', when: 'before' }, 2);
    server.faults.add(isList, { kind: 'no-items' }, 1);
    server.faults.add(isList, { kind: 'garbage' }, 1);
    server.faults.add(isSecondPage, { kind: 'cut-answer' }, 1);
    server.faults.add(isSecondPage, { kind: 'status', code: 410, reason: 'Expired' }, 2);
    const mirror = startMirror(api, { pageSize: 4 });
    const sizes = new Set<number>();
    mirror.reflector.onEvent(() => sizes.add(mirror.reflector.store.size));
    await mirror.agrees();
    assert.deepEqual([...sizes], [10]);
    // A reset of a kept connection is tried again without a word.
    const failed = mirror.rounds.filter((round) => /^list (?!complete)/.test(round));
    assert.ok(failed.length >= 7, failed.join());
  });

  it('keeps what it knows while lists fail or are slow', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    create(server, aConfigMap('a'));
    const mirror = startMirror(api);
    await mirror.agrees();
    let release = (): void => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.faults.add(isList, { kind: 'status', code: 500, reason: 'InternalError' }, 3);
    server.faults.add(isList, { kind: 'delay', until }, 1);
    create(server, aPod('p'));
    server.compact();
    server.cutWatches();
    await eventually('lists were tried', () => server.requests.filter(isList).length === 5);
    assert.equal(mirror.reflector.store.size, 1);
    assert.ok(mirror.reflector.hasSynced);
    release();
    create(server, aConfigMap('b'));
    await mirror.agrees();
  });

  it('notices a watch that has gone silent', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    const mirror = startMirror(api, { times: { ...QUICK, silenceMs: 30 } });
    await mirror.agrees();
    await eventually('it watches', () => server.watchCount === 1);
    server.muteWatches();
    create(server, aConfigMap('a'));
    await mirror.agrees();
    assert.ok(mirror.rounds.includes('watch silent'));
  });

  it('lists when watches stay silent one after the other', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    server.faults.add(isWatch, { kind: 'mute-watch' });
    const mirror = startMirror(api, { times: { ...QUICK, silenceMs: 20 } });
    await mirror.agrees();
    create(server, aConfigMap('a'));
    await mirror.agrees();
    assert.ok(server.requests.filter(isList).length >= 2);
  });

  it('starts afresh when the history it knows never was', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    for (let n = 0; n < 10; n += 1) create(server, aConfigMap(`old${n}`));
    const mirror = startMirror(api);
    await mirror.agrees();
    await eventually('it watches', () => server.watchCount === 1);
    server.state.wipe();
    create(server, aConfigMap('new'));
    await mirror.agrees();
    assert.ok(mirror.rounds.includes('watch went-back'));
  });

  it('goes on when a handler throws or an object cannot be understood', async () => {
    await using api = await aFakeApi();
    const { server, signal } = api;
    const mirror = startMirror(api, {
      project(object) {
        if (object.metadata.name === 'bad') throw new TypeError('no idea');
        return { uid: object.metadata.uid, version: object.metadata.resourceVersion };
      },
    });
    mirror.reflector.onEvent(() => {
      throw new Error('a bug');
    });
    await mirror.reflector.whenSynced(signal);
    for (const name of ['a', 'bad', 'b']) create(server, aConfigMap(name));
    await eventually('both are known', () => mirror.reflector.store.size === 2);
    assert.equal(mirror.rounds.filter((round) => round === 'handler error').length, 3);
  });

  it('follows a selection, objects that leave it included', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    const selection = { labelSelector: 'app=mysql' };
    const mirror = startMirror(api, { resource: PODS, selection });
    create(server, aPod('a', { app: 'mysql' }));
    create(server, aPod('b', { app: 'other' }));
    await mirror.agrees();
    put(server, aPod('a', { app: 'other' }));
    put(server, aPod('b', { app: 'mysql' }));
    await mirror.agrees();
    assert.deepEqual([...mirror.reflector.store.keys()], ['default/b']);
  });

  it('tells how old its knowledge can be', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    const mirror = startMirror(api);
    await mirror.agrees();
    await server.down();
    await eventually('it ages', () => mirror.reflector.staleMs > 20);
    await server.up();
    create(server, aConfigMap('a'));
    await mirror.agrees();
    assert.ok(mirror.reflector.staleMs < 20_000);
  });

  it('stops at the signal, whatever it is doing, and leaves no connection', async () => {
    await using api = await aFakeApi();
    const { server } = api;
    const mirror = startMirror(api);
    await mirror.agrees();
    await eventually('it watches', () => server.watchCount === 1);
    await api[Symbol.asyncDispose]();
    await eventually('the watch is closed', () => server.watchCount === 0);
  });
});
