import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createProxy } from '../../src/proxy/proxy.ts';
import { RouteTable } from '../../src/proxy/route-table.ts';
import { aClient, aDeadTarget, aRoute, aServer, HOST, SILENT, until } from './fakes.ts';

async function aReplicasProxy(t: TestContext) {
  const routes = new RouteTable();
  const listen = { host: HOST, port: 0 };
  const proxy = createProxy({ listen, kind: 'replicas', routes, log: SILENT });
  t.after(() => proxy.close());
  const { port } = await proxy.start();
  return { proxy, port, routes };
}

async function servers(t: TestContext, ...names: string[]) {
  const all = await Promise.all(names.map((name) => aServer(name)));
  t.after(() => Promise.all(all.map((one) => one.close())));
  return all;
}

test('connections are spread over the replicas by their number', async (t) => {
  const { port, routes } = await aReplicasProxy(t);
  const [one, two, three] = await servers(t, 'demo-0', 'demo-1', 'demo-2');
  assert.ok(one && two && three);
  routes.set(aRoute({ primary: one.target, replicas: [two.target, three.target] }));
  const clients = [];
  for (let i = 0; i < 10; i++) {
    const client = aClient(port);
    clients.push(client);
    await client.heard('hello');
  }
  assert.deepEqual([one.sockets.size, two.sockets.size, three.sockets.size], [0, 5, 5]);
  for (const client of clients) client.socket.destroy();
});

test('without a replica the primary serves readers', async (t) => {
  const { port, routes } = await aReplicasProxy(t);
  const [one] = await servers(t, 'demo-0');
  assert.ok(one);
  routes.set(aRoute({ primary: one.target }));
  const client = aClient(port);
  await client.heard('hello from demo-0');
  client.socket.destroy();
});

test('readers wait while there is neither a replica nor an open primary', async (t) => {
  const { proxy, port, routes } = await aReplicasProxy(t);
  const [one] = await servers(t, 'demo-1');
  assert.ok(one);
  routes.set(aRoute({ open: false }));
  const client = aClient(port);
  await until('it waits', () => proxy.counters().waiting === 1);
  routes.set(aRoute({ open: false, replicas: [one.target] }));
  await client.heard('hello from demo-1');
  client.socket.destroy();
});

test('only the connections of the replica that left are cut', async (t) => {
  const { proxy, port, routes } = await aReplicasProxy(t);
  const [two, three] = await servers(t, 'demo-1', 'demo-2');
  assert.ok(two && three);
  routes.set(aRoute({ replicas: [two.target, three.target] }));
  const clients = [aClient(port), aClient(port)];
  await until('both are joined', () => proxy.counters().active === 2);
  await Promise.all(clients.map((client) => client.heard('hello')));
  routes.set(aRoute({ epoch: 2, open: false, replicas: [three.target] }));
  assert.equal(proxy.counters().cutOff, 1);
  const gone = clients.find((client) => client.text().includes('demo-1'));
  const kept = clients.find((client) => client.text().includes('demo-2'));
  assert.equal(await gone?.ended, 'ECONNRESET');
  kept?.socket.write('still here');
  await kept?.heard('still here');
  kept?.socket.destroy();
});

test('a reader on the primary is cut when that is no longer open', async (t) => {
  const { port, routes } = await aReplicasProxy(t);
  const [one] = await servers(t, 'demo-0');
  assert.ok(one);
  routes.set(aRoute({ primary: one.target }));
  const client = aClient(port);
  await client.heard('hello');
  routes.set(aRoute({ epoch: 2, open: false, replicas: [one.target] }));
  assert.equal(await client.ended, 'ECONNRESET');
});

test('a replica that refuses is passed over', async (t) => {
  const { port, routes } = await aReplicasProxy(t);
  const [two] = await servers(t, 'demo-1');
  assert.ok(two);
  const dead = await aDeadTarget('demo-2');
  routes.set(aRoute({ replicas: [dead, two.target] }));
  const clients = [aClient(port), aClient(port), aClient(port), aClient(port)];
  await Promise.all(clients.map((client) => client.heard('hello from demo-1')));
  for (const client of clients) client.socket.destroy();
});
