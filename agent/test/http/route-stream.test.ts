import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { streamRoutes } from '../../src/http/route-stream.ts';
import { RouteTable } from '../../src/proxy/route-table.ts';
import { aRoute, HOST, until } from '../proxy/fakes.ts';

async function aStream(t: TestContext) {
  const routes = new RouteTable(aRoute({ epoch: 1 }));
  const responses: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    responses.push(response);
    streamRoutes(response, routes);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  const outgoing = get({ host: HOST, port: address.port });
  outgoing.on('error', () => {});
  t.after(() => {
    outgoing.destroy();
    server.close();
    server.closeAllConnections();
  });
  const [incoming] = await once(outgoing, 'response');
  incoming.setEncoding('utf8');
  incoming.on('error', () => {});
  return { routes, incoming, outgoing, responses };
}

test('the current route comes at once, each change after it, then empty lines', async (t) => {
  const { routes, incoming } = await aStream(t);
  let text = '';
  incoming.on('data', (chunk: string) => {
    text += chunk;
  });
  await until('the current one came', () => text.endsWith('\n'));
  routes.set(aRoute({ epoch: 2 }));
  await until('a heartbeat came', () => text.includes('\n\n'));
  const [first, second, heartbeat] = text.split('\n');
  assert.equal(JSON.parse(first ?? '').epoch, 1);
  assert.equal(JSON.parse(second ?? '').epoch, 2);
  assert.equal(heartbeat, '');
});

test('a reader that is slow gets the newest route, and memory does not grow meanwhile', async (t) => {
  const { routes, incoming, responses } = await aStream(t);
  const [response] = responses;
  assert.ok(response);
  const replicas = [{ member: 'x'.repeat(10_000), host: HOST, port: 1 }];
  let most = 0;
  for (let epoch = 2; epoch <= 3_000; epoch++) {
    routes.set(aRoute({ epoch, replicas }));
    most = Math.max(most, response.writableLength);
  }
  assert.ok(most < 1_000_000, `${most} bytes were kept for a slow reader`);
  let text = '';
  incoming.on('data', (chunk: string) => {
    text += chunk;
  });
  await until('the newest came', () => text.includes('"epoch":3000'));
});

test('a reader that has gone is no longer told', async (t) => {
  const { routes, outgoing, responses } = await aStream(t);
  outgoing.destroy();
  await until('it was noticed', () => responses[0]?.closed === true);
  routes.set(aRoute({ epoch: 2 }));
  assert.equal(responses[0]?.writableLength, 0);
});
