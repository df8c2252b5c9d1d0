import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, describe, type TestContext, test } from 'node:test';
import type { MemberReport, PromiseAnswer, Route } from '@radondb/api';
import { createPeerClient } from '../../src/http/peer-client.ts';
import { PeerRefusedError, PeerUnreachableError } from '../../src/http/peer-errors.ts';
import type { TlsFilePaths } from '../../src/http/tls-files.ts';
import { createProxy } from '../../src/proxy/proxy.ts';
import { RouteTable } from '../../src/proxy/route-table.ts';
import { aRoute, SILENT, until } from '../proxy/fakes.ts';
import { A_PROMISE_REQUEST, aHealth, aMember, aPromise, aReport, HOST } from './a-member.ts';
import { Authority, NO_OPENSSL } from './certificates.ts';

const NO_FILES: TlsFilePaths = { caFile: '', certFile: '', keyFile: '' };

describe('the peer client', { skip: NO_OPENSSL }, () => {
  const authority = NO_OPENSSL ? null : new Authority();
  after(() => authority?.remove());
  const server = authority?.issue('member/demo-0') ?? NO_FILES;
  const own = authority?.issue('member/demo-1') ?? NO_FILES;

  function aClient(t: TestContext, warmMs = 1_000) {
    const client = createPeerClient({ tls: own, log: SILENT, warmMs });
    t.after(() => client.close());
    return client;
  }

  test('each call arrives and its answer comes back', async (t) => {
    let restarts = 0;
    const restart = async (): Promise<void> => {
      restarts += 1;
    };
    const { peer, healths } = await aMember(t, server, { deps: { restart } });
    const client = aClient(t);
    assert.deepEqual(await client.promise(peer, A_PROMISE_REQUEST), aPromise({ epoch: 4 }));
    await client.health(peer, aHealth());
    assert.deepEqual(healths, [{ health: aHealth(), caller: 'demo-1' }]);
    assert.deepEqual(await client.status(peer), aReport());
    const answer = await client.switchover(peer, { to: null, timeoutMs: 100 });
    assert.equal(answer.to, 'demo-1');
    await client.restart(peer);
    assert.equal(restarts, 1);
  });

  test('an answer with a GTID set of many megabytes is read', async (t) => {
    const content = 'x'.repeat(3_000_000);
    const { peer } = await aMember(t, server, {
      deps: { promise: async () => aPromise({ content }) },
    });
    const answer = await aClient(t).promise(peer, A_PROMISE_REQUEST);
    assert.equal(answer.content.length, content.length);
  });

  test('calls one after the other use one connection', async (t) => {
    const { peer } = await aMember(t, server);
    // Between the two, something that counts connections.
    const primary = { member: 'demo-0', host: HOST, port: peer.apiPort };
    const counting = createProxy({
      listen: { host: HOST, port: 0 },
      kind: 'primary',
      routes: new RouteTable(aRoute({ primary })),
      log: SILENT,
    });
    t.after(() => counting.close());
    const { port } = await counting.start();
    const client = aClient(t);
    for (let i = 0; i < 5; i++) await client.status({ ...peer, apiPort: port });
    assert.equal(counting.counters().accepted, 1);
  });

  test('a peer that nobody runs refuses', async (t) => {
    const { peer, stop } = await aMember(t, server);
    await stop();
    await assert.rejects(aClient(t).status(peer), (error) => {
      assert.ok(error instanceof PeerUnreachableError);
      assert.equal(error.refused, true);
      assert.equal(error.peer, 'demo-0');
      return true;
    });
  });

  test('a kept connection whose peer has restarted is replaced within the call', async (t) => {
    const client = aClient(t);
    const first = await aMember(t, server);
    await client.status(first.peer);
    await first.stop();
    await aMember(t, server, { port: first.peer.apiPort });
    assert.equal((await client.status(first.peer)).member, 'demo-0');
  });

  test('a peer that accepts and says nothing is unreachable, not refusing', async (t) => {
    const silent = createServer();
    t.after(() => silent.close());
    silent.on('connection', (socket) => {
      socket.on('error', () => {});
      t.after(() => socket.destroy());
    });
    silent.listen(0, HOST);
    await once(silent, 'listening');
    const address = silent.address();
    assert.ok(address && typeof address === 'object');
    const peer = { name: 'demo-0', host: HOST, apiPort: address.port };
    await assert.rejects(aClient(t).status(peer, { timeoutMs: 20 }), (error) => {
      assert.ok(error instanceof PeerUnreachableError);
      assert.deepEqual([error.refused, error.reason], [false, 'TIMEOUT']);
      return true;
    });
  });

  test('a member that answers at the address of another is not taken for it', async (t) => {
    const { peer } = await aMember(t, server);
    await assert.rejects(aClient(t).status({ ...peer, name: 'demo-2' }), (error) => {
      assert.ok(error instanceof PeerUnreachableError);
      assert.equal(error.reason, 'WRONG_MEMBER');
      return true;
    });
  });

  test("the peer's refusal keeps its code and details", async (t) => {
    const error = Object.assign(new Error('ask demo-2'), { code: 'NOT_LEADER', leader: 'demo-2' });
    const { peer } = await aMember(t, server, {
      deps: { switchover: () => Promise.reject(error) },
    });
    const call = aClient(t).switchover(peer, { to: null, timeoutMs: 100 });
    await assert.rejects(call, (refused) => {
      assert.ok(refused instanceof PeerRefusedError);
      assert.equal(refused.status, 421);
      assert.equal(refused.code, 'NOT_LEADER');
      assert.deepEqual(refused.details, ['demo-2']);
      return true;
    });
  });

  test('an answer that is not what the protocol says is refused', async (t) => {
    const report = () => ({ ...aReport(), promise: -1 }) as MemberReport;
    const { peer } = await aMember(t, server, { deps: { report } });
    await assert.rejects(aClient(t).status(peer), { name: 'ProtocolError' });
  });

  test('a promise whose caller goes away is aborted at the member', async (t) => {
    const asked: AbortSignal[] = [];
    const { peer } = await aMember(t, server, {
      deps: {
        promise: (_request, _caller, signal) => {
          asked.push(signal);
          return new Promise<PromiseAnswer>((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          });
        },
      },
    });
    const end = new AbortController();
    const call = aClient(t).promise(peer, A_PROMISE_REQUEST, { signal: end.signal });
    await until('it was asked', () => asked.length === 1);
    assert.equal(asked[0]?.aborted, false);
    end.abort(new Error('epoch 5 is here'));
    await assert.rejects(call, /epoch 5 is here/);
    await until('the member has heard it', () => asked[0]?.aborted === true);
  });

  test('the signal of a promise that was answered never aborts', async (t) => {
    const signals: AbortSignal[] = [];
    const { peer, stop } = await aMember(t, server, {
      deps: {
        promise: async (_request, _caller, signal) => {
          signals.push(signal);
          return aPromise();
        },
      },
    });
    const client = aClient(t);
    await client.promise(peer, A_PROMISE_REQUEST);
    client.close();
    await stop();
    assert.equal(signals[0]?.aborted, false);
  });

  test('a warm connection is noticed to be there, to be gone, and to be back', async (t) => {
    const client = aClient(t, 5);
    const first = await aMember(t, server);
    const cool = client.warm(first.peer);
    await until('it is warm', () => client.isWarm(first.peer));
    await first.stop();
    await until('it is cold', () => !client.isWarm(first.peer));
    await aMember(t, server, { port: first.peer.apiPort });
    await until('it is warm again', () => client.isWarm(first.peer));
    cool();
    assert.equal(client.isWarm(first.peer), false);
  });

  test('a route is followed through a restart of the peer', async (t) => {
    const client = aClient(t);
    const first = await aMember(t, server);
    first.routes.set(aRoute({ epoch: 1 }));
    const end = new AbortController();
    const seen: Route[] = [];
    let downs = 0;
    const following = client.route(first.peer, {
      onRoute: (route) => seen.push(route),
      onDown: () => {
        downs += 1;
      },
      signal: end.signal,
    });
    await until('the current route came', () => seen.length === 1);
    first.routes.set(aRoute({ epoch: 2, open: false }));
    await until('the change came', () => seen.length === 2);
    await first.stop();
    await until('the end was noticed', () => downs > 0);
    const second = await aMember(t, server, { port: first.peer.apiPort });
    second.routes.set(aRoute({ epoch: 3 }));
    await until('it goes on', () => seen.at(-1)?.epoch === 3);
    const epochs = seen.map(({ epoch }) => epoch).filter((epoch) => epoch > 0);
    assert.deepEqual(epochs, [1, 2, 3]);
    end.abort();
    await following;
    await until('the member is rid of the stream', () => second.routes.set(aRoute({ epoch: 4 })));
    assert.equal(seen.at(-1)?.epoch, 3);
  });

  test('a route stream that is refused is tried again until the signal', async (t) => {
    const stranger = authority?.issue('nobody') ?? NO_FILES;
    const client = createPeerClient({ tls: stranger, log: SILENT });
    t.after(() => client.close());
    const { peer } = await aMember(t, server);
    const end = new AbortController();
    const errors: unknown[] = [];
    const following = client.route(peer, {
      onRoute: () => assert.fail('it must not get a route'),
      onDown: (error) => errors.push(error),
      signal: end.signal,
    });
    await until('it was refused twice', () => errors.length >= 2);
    end.abort();
    await following;
    assert.ok(errors[0] instanceof PeerRefusedError);
    assert.equal(errors[0].status, 403);
  });
});
