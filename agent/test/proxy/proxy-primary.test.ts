import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { createProxy, type ProxyOptions, type TcpProxy } from '../../src/proxy/proxy.ts';
import { RouteTable } from '../../src/proxy/route-table.ts';
import {
  aClient,
  aDeadTarget,
  aRoute,
  aServer,
  DEADLINE_MS,
  HOST,
  SILENT,
  until,
} from './fakes.ts';

interface Running {
  readonly proxy: TcpProxy;
  readonly port: number;
  readonly routes: RouteTable;
}

async function aProxy(t: TestContext, options: Partial<ProxyOptions> = {}): Promise<Running> {
  const routes = new RouteTable();
  const listen = { host: HOST, port: 0 };
  const proxy = createProxy({ listen, kind: 'primary', routes, log: SILENT, ...options });
  t.after(() => proxy.close());
  const { port } = await proxy.start();
  return { proxy, port, routes };
}

async function aPrimary(t: TestContext, ...args: Parameters<typeof aServer>) {
  const server = await aServer(...args);
  t.after(() => server.close());
  return server;
}

/** The code and the message of an initial ERR packet; fails when it is not well formed. */
function errorIn(packet: Buffer): { code: number; message: string } {
  assert.equal(packet.readUIntLE(0, 3), packet.length - 4, 'the length is that of the payload');
  assert.equal(packet[3], 0, 'sequence number');
  assert.equal(packet[4], 0xff);
  return { code: packet.readUInt16LE(5), message: packet.subarray(7).toString('utf8') };
}

test('a client is joined to the open primary and both directions flow', async (t) => {
  const { proxy, port, routes } = await aProxy(t);
  const server = await aPrimary(t, 'demo-0');
  routes.set(aRoute({ primary: server.target }));
  const client = aClient(port);
  await client.heard('hello from demo-0');
  client.socket.write('ping');
  await client.heard('ping');
  assert.deepEqual(proxy.counters(), { active: 1, accepted: 1, refused: 0, cutOff: 0, waiting: 0 });
  client.socket.end();
  assert.equal(await client.ended, 'end');
  await until('the link is gone', () => proxy.counters().active === 0);
  assert.equal(proxy.counters().cutOff, 0);
});

test('bytes that a client sends before it has a server are not lost', async (t) => {
  const { port, routes, proxy } = await aProxy(t);
  const server = await aPrimary(t, 'demo-0');
  const client = aClient(port);
  client.socket.write('early');
  await until('it waits', () => proxy.counters().waiting === 1);
  routes.set(aRoute({ primary: server.target }));
  await client.heard('early');
  client.socket.destroy();
});

test('connections made during an election are joined to the new primary when it opens', async (t) => {
  const { proxy, port, routes } = await aProxy(t);
  const server = await aPrimary(t, 'demo-1');
  routes.set(aRoute({ epoch: 7, open: false }));
  const clients = Array.from({ length: 50 }, () => aClient(port));
  await until('all wait', () => proxy.counters().waiting === 50);
  routes.set(aRoute({ epoch: 7, open: false, primary: server.target }));
  assert.equal(server.accepted, 0, 'elected is not open');
  routes.set(aRoute({ epoch: 7, open: true, primary: server.target }));
  await Promise.all(clients.map((client) => client.heard('hello from demo-1')));
  assert.equal(proxy.counters().active, 50);
  assert.equal(proxy.counters().refused, 0);
  for (const client of clients) client.socket.destroy();
});

test('200 connections of a former primary are reset in the turn of the route change, on both sides', async (t) => {
  const { proxy, port, routes } = await aProxy(t);
  const former = await aPrimary(t, 'demo-0');
  routes.set(aRoute({ primary: former.target }));
  const clients = Array.from({ length: 200 }, () => aClient(port));
  await Promise.all(clients.map((client) => client.heard('hello')));
  routes.set(aRoute({ epoch: 2, open: false }));
  assert.deepEqual(proxy.counters(), {
    active: 0,
    accepted: 200,
    refused: 0,
    cutOff: 200,
    waiting: 0,
  });
  const ends = await Promise.all(clients.map((client) => client.ended));
  assert.deepEqual(new Set(ends), new Set(['ECONNRESET']));
  await until('the former primary is rid of all', () => former.sockets.size === 0);
  assert.deepEqual(new Set(former.ends), new Set(['ECONNRESET']));
});

for (const [how, next] of [
  ['closes in its epoch', { epoch: 3, open: false }],
  ['is elected again in a later epoch', { epoch: 4, open: true }],
] as const) {
  test(`connections are cut when the primary ${how}`, async (t) => {
    const { proxy, port, routes } = await aProxy(t);
    const server = await aPrimary(t, 'demo-0');
    routes.set(aRoute({ epoch: 3, primary: server.target }));
    const client = aClient(port);
    await client.heard('hello');
    routes.set(aRoute({ ...next, primary: server.target }));
    assert.equal(await client.ended, 'ECONNRESET');
    assert.equal(proxy.counters().cutOff, 1);
  });
}

test('a change of the replicas leaves connections to the primary alone', async (t) => {
  const { proxy, port, routes } = await aProxy(t);
  const server = await aPrimary(t, 'demo-0');
  routes.set(aRoute({ primary: server.target }));
  const client = aClient(port);
  await client.heard('hello');
  const replicas = [{ member: 'demo-1', host: HOST, port: 1 }];
  routes.set(aRoute({ primary: { ...server.target }, replicas }));
  client.socket.write('still here');
  await client.heard('still here');
  assert.equal(proxy.counters().cutOff, 0);
  client.socket.destroy();
});

test('after the deadline a client gets a MySQL error that names the epoch, then the end', async (t) => {
  const { proxy, port, routes } = await aProxy(t, { waitMs: 30 });
  routes.set(aRoute({ epoch: 12, open: false }));
  const client = aClient(port);
  assert.equal(await client.ended, 'end');
  const { code, message } = errorIn(client.bytes());
  assert.equal(code, 1053);
  assert.match(message, /^no primary is open \(epoch 12\): /);
  client.socket.end();
  assert.equal(proxy.counters().refused, 1);
  assert.equal(proxy.counters().waiting, 0);
});

test('clients beyond the bound of the waiting room are refused at once', async (t) => {
  const { proxy, port } = await aProxy(t, { maxWaiting: 2 });
  const waiting = [aClient(port), aClient(port)];
  await until('two wait', () => proxy.counters().waiting === 2);
  const third = aClient(port);
  assert.equal(await third.ended, 'end');
  assert.equal(errorIn(third.bytes()).code, 1040);
  assert.equal(proxy.counters().waiting, 2);
  for (const client of [...waiting, third]) client.socket.destroy();
});

test('a client that leaves gives its place in the waiting room back', async (t) => {
  const { proxy, port } = await aProxy(t);
  const [polite, abrupt] = [aClient(port), aClient(port)];
  await until('they wait', () => proxy.counters().waiting === 2);
  polite.socket.end();
  abrupt.socket.resetAndDestroy();
  await until('nobody waits', () => proxy.counters().waiting === 0);
  assert.equal(proxy.counters().refused, 0);
});

test('a primary that refuses is asked again until it accepts', async (t) => {
  const { port, routes, proxy } = await aProxy(t);
  const target = await aDeadTarget('demo-0');
  routes.set(aRoute({ primary: target }));
  const client = aClient(port);
  await until('it waits', () => proxy.counters().waiting === 1);
  await aPrimary(t, 'demo-0', { port: target.port });
  await client.heard('hello from demo-0');
  client.socket.destroy();
});

test('a primary that refuses until the deadline is named in the error', async (t) => {
  const { port, routes } = await aProxy(t, { waitMs: 60 });
  routes.set(aRoute({ epoch: 5, primary: await aDeadTarget('demo-0') }));
  const client = aClient(port);
  await client.ended;
  assert.match(errorIn(client.bytes()).message, /\(epoch 5\).*demo-0: ECONNREFUSED/);
});

test('a client that tries a dead primary moves to the next one with the route', async (t) => {
  const { port, routes, proxy } = await aProxy(t);
  const next = await aPrimary(t, 'demo-1');
  routes.set(aRoute({ primary: await aDeadTarget('demo-0') }));
  const client = aClient(port);
  await until('it waits', () => proxy.counters().waiting === 1);
  routes.set(aRoute({ epoch: 2, primary: next.target }));
  await client.heard('hello from demo-1');
  client.socket.destroy();
});

test('a client that ends its sending still gets the whole answer', async (t) => {
  const answer = Buffer.alloc(3_000_000, 'a');
  const { port, routes, proxy } = await aProxy(t);
  const server = await aPrimary(t, 'demo-0', {
    greet: false,
    onSocket(socket) {
      socket.resume();
      socket.once('end', () => socket.end(answer));
    },
  });
  routes.set(aRoute({ primary: server.target }));
  const client = aClient(port);
  client.socket.end('question');
  assert.equal(await client.ended, 'end');
  assert.equal(client.bytes().length, answer.length);
  await until('the link is gone', () => proxy.counters().active === 0);
});

test('what a server said before it ended arrives, and the client may still answer', async (t) => {
  const { port, routes } = await aProxy(t);
  let said = '';
  const server = await aPrimary(t, 'demo-0', {
    greet: false,
    onSocket(socket) {
      socket.on('data', (chunk) => {
        said += chunk.toString();
      });
      socket.end('goodbye');
    },
  });
  routes.set(aRoute({ primary: server.target }));
  const client = aClient(port);
  assert.equal(await client.ended, 'end');
  assert.equal(client.text(), 'goodbye');
  client.socket.end('bye');
  await until('the answer arrived', () => said === 'bye');
});

test('a server that breaks resets its client instead of ending it', async (t) => {
  const { port, routes } = await aProxy(t);
  const server = await aPrimary(t, 'demo-0');
  routes.set(aRoute({ primary: server.target }));
  const client = aClient(port);
  await client.heard('hello');
  for (const socket of server.sockets) socket.resetAndDestroy();
  assert.equal(await client.ended, 'ECONNRESET');
});

test('a client that breaks resets its server', async (t) => {
  const { port, routes, proxy } = await aProxy(t);
  const server = await aPrimary(t, 'demo-0');
  routes.set(aRoute({ primary: server.target }));
  const client = aClient(port);
  await client.heard('hello');
  client.socket.resetAndDestroy();
  await until('the server noticed', () => server.ends.length === 1);
  assert.deepEqual(server.ends, ['ECONNRESET']);
  await until('the link is gone', () => proxy.counters().active === 0);
});

test('a client that does not read stops its server, and gets every byte when it reads again', async (t) => {
  const total = 64 * 1024 * 1024;
  const chunk = Buffer.alloc(256 * 1024, 'x');
  let sent = 0;
  let drained = true;
  const { port, routes } = await aProxy(t);
  const server = await aPrimary(t, 'demo-0', {
    greet: false,
    onSocket(socket) {
      const push = (): void => {
        drained = true;
        while (sent < total) {
          sent += chunk.length;
          if (!socket.write(chunk)) {
            drained = false;
            socket.once('drain', push);
            return;
          }
        }
        socket.end();
      };
      push();
    },
  });
  routes.set(aRoute({ primary: server.target }));
  const client = aClient(port);
  client.socket.pause();
  await until('the server is connected', () => server.sockets.size === 1);
  // The kernel's buffers and the proxy's fill up; then nothing moves any more for many turns.
  let still = 0;
  let before = -1;
  await until('the server has stopped', () => {
    still = !drained && sent === before ? still + 1 : 0;
    before = sent;
    return still > 2_000;
  });
  assert.ok(sent < total, `${sent} bytes were taken from the server for a client that reads none`);
  let received = 0;
  client.socket.removeAllListeners('data');
  client.socket.on('data', (data) => {
    received += data.length;
  });
  client.socket.resume();
  await once(client.socket, 'end', { signal: AbortSignal.timeout(DEADLINE_MS) });
  assert.equal(received, total);
  client.socket.end();
});

test('close resets a joined client and frees the port', async (t) => {
  const { proxy, port, routes } = await aProxy(t);
  const server = await aPrimary(t, 'demo-0');
  routes.set(aRoute({ primary: server.target }));
  const client = aClient(port);
  await client.heard('hello');
  await proxy.close();
  assert.equal(await client.ended, 'ECONNRESET');
  const again = await aServer('anyone', { port });
  await again.close();
});

test('close resets a client that waits', async (t) => {
  const { proxy, port } = await aProxy(t);
  const client = aClient(port);
  await until('it waits', () => proxy.counters().waiting === 1);
  await proxy.close();
  assert.equal(await client.ended, 'ECONNRESET');
  assert.equal(proxy.counters().waiting, 0);
});

test('an address in use is told by start', async (t) => {
  const { port, routes } = await aProxy(t);
  const second = createProxy({
    listen: { host: HOST, port },
    kind: 'primary',
    routes,
    log: SILENT,
  });
  await assert.rejects(second.start(), { code: 'EADDRINUSE' });
});
