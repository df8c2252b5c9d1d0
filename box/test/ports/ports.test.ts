import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'node:test';
import { PortInUseError } from '../../src/errors.ts';
import { isFreePort } from '../../src/ports/free-port.ts';
import { pickClusterPorts } from '../../src/ports/port-plan.ts';
import { findListener, listenerInode, requireFreePorts } from '../../src/ports/require-free.ts';

test('every member gets ports of its own, none twice, none that is taken', async () => {
  const ports = await pickClusterPorts(['a-0', 'a-1', 'a-2'], new Set([13_306]));
  assert.ok(ports.primary > 13_306);
  assert.equal(ports.replicas, ports.primary + 1);
  const members = Object.values(ports.members);
  assert.equal(members.length, 3);
  const all = [ports.primary, ports.replicas, ...members];
  assert.equal(new Set(all).size, all.length);
  assert.ok(
    members.every((port) => port < 32_768),
    'outside of what the kernel hands out',
  );
});

test('ports in use are all named, with what they are for and who has them', async (t) => {
  const servers = [createServer(), createServer()];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
  }
  const [first, second] = servers.map((it) => (it.address() as AddressInfo).port);
  assert.equal(await isFreePort(first!), false);
  assert.equal(await findListener(first!), process.pid);
  const wanted = [
    { port: first!, what: 'raft of demo-0' },
    { port: second!, what: 'mysql of demo-1' },
  ];
  await assert.rejects(requireFreePorts(wanted), (error: Error) => {
    assert(error instanceof PortInUseError);
    assert.match(
      error.message,
      new RegExp(`127.0.0.1:${first} \\(raft of demo-0\\) is in use by process ${process.pid}`),
    );
    assert.match(error.message, new RegExp(`${second} \\(mysql of demo-1\\)`));
    return true;
  });
});

test('a listener is told from a connection in /proc/net/tcp', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:33FA 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 111 1
   1: 0100007F:33FA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1`;
  assert.equal(listenerInode(table, 13_306), '222');
  assert.equal(listenerInode(table, 13_307), null);
});
