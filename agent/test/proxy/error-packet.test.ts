import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { createConnection } from 'mysql2';
import { ER_SERVER_SHUTDOWN, initialErrorPacket } from '../../src/proxy/error-packet.ts';
import { HOST } from './fakes.ts';

test('the packet has the layout of the manual', () => {
  assert.deepEqual(
    initialErrorPacket(1040, 'Too'),
    Buffer.from([6, 0, 0, 0, 0xff, 0x10, 0x04, 0x54, 0x6f, 0x6f]),
  );
});

test('a message longer than clients show is shortened', () => {
  const packet = initialErrorPacket(1053, 'x'.repeat(5_000));
  assert.equal(packet.readUIntLE(0, 3), packet.length - 4);
  assert.equal(packet.length, 7 + 511);
});

test('a MySQL client reads the code and the message', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(initialErrorPacket(ER_SERVER_SHUTDOWN, 'no primary is open (epoch 3): x'));
  });
  t.after(() => server.close());
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  const connection = createConnection({ host: HOST, port: address.port, user: 'u' });
  const [error] = await once(connection, 'error');
  assert.equal(error.errno, 1053);
  assert.match(error.message, /no primary is open \(epoch 3\)/);
  connection.destroy();
});
