import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { Message } from '@radondb/raft';
import { EMPTY_CONF_STATE, message } from '@radondb/raft/core';
import { TcpTransport, type TcpTransportOptions, type TlsIdentity } from '@radondb/raft/node';
import { TestCluster, until } from '../driver/cluster.ts';
import { issue, opensslPresent } from './certificates.ts';

interface End {
  readonly id: number;
  readonly transport: TcpTransport;
  readonly received: Message[];
  readonly up: number[];
  readonly down: number[];
}

async function end(
  t: TestContext,
  id: number,
  more: Partial<TcpTransportOptions> & { clusterId?: string; accept?: boolean } = {},
): Promise<End> {
  const { clusterId = 'c', accept = true, ...options } = more;
  const transport = await TcpTransport.listen({ host: '127.0.0.1', port: 0, ...options });
  t.after(() => transport.close());
  const one: End = { id, transport, received: [], up: [], down: [] };
  await transport.start(
    { clusterId, nodeId: id, incarnation: `disk-${id}` },
    {
      onMessage: (received) => one.received.push(received),
      onPeerConnected: (peer) => one.up.push(peer),
      onPeerDisconnected: (peer) => one.down.push(peer),
      acceptPeer: () => accept,
    },
  );
  return one;
}

function introduce(...ends: readonly End[]): void {
  const peers = new Map(ends.map(({ id, transport }) => [id, transport.address]));
  for (const { transport } of ends) transport.setPeers(peers);
}

const heartbeat = (from: number, to: number, readId = 0): Message =>
  message({ type: 'heartbeat', from, to, term: 1, readId });

describe('the TCP transport', () => {
  it('carries messages both ways, in order', async (t) => {
    const [a, b] = [await end(t, 1), await end(t, 2)];
    introduce(a, b);
    await until('both are up', () => a.up.length === 1 && b.up.length === 1);
    const entries = [{ index: 5, term: 1, type: 'normal', data: Uint8Array.of(1, 2, 3) }] as const;
    assert.ok(a.transport.send(message({ type: 'append', from: 1, to: 2, term: 1, entries })));
    for (let i = 1; i <= 100; i++) assert.ok(a.transport.send(heartbeat(1, 2, i)));
    assert.ok(b.transport.send(heartbeat(2, 1)));
    await until('all came', () => b.received.length === 101 && a.received.length === 1);
    assert.deepEqual(b.received[0]?.entries, entries);
    assert.deepEqual(
      b.received.slice(1).map(({ readId }) => readId),
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  });

  it('tells at once that a peer is gone, and finds it again when it is back', async (t) => {
    const a = await end(t, 1);
    const b = await end(t, 2);
    introduce(a, b);
    await until('up', () => a.up.length === 1);
    const port = Number(b.transport.address.split(':')[1]);
    await b.transport.close();
    await until('down', () => a.down.includes(2));
    assert.equal(a.transport.send(heartbeat(1, 2)), false);
    const again = await end(t, 2, { port });
    introduce(a, again);
    await until('up again', () => a.up.length === 2);
    assert.ok(a.transport.send(heartbeat(1, 2)));
    await until('it came', () => again.received.length === 1);
  });

  it('sends a big snapshot on its own connection, and heartbeats meanwhile', async (t) => {
    const [a, b] = [await end(t, 1), await end(t, 2)];
    introduce(a, b);
    await until('up', () => a.up.length === 1);
    const snapshot = {
      index: 9,
      term: 1,
      confState: EMPTY_CONF_STATE,
      data: new Uint8Array(8 * 1024 * 1024),
    };
    assert.ok(a.transport.send(message({ type: 'snapshot', from: 1, to: 2, term: 1, snapshot })));
    for (let i = 0; i < 10; i++) a.transport.send(heartbeat(1, 2));
    await until('all came', () => b.received.length === 11);
    assert.equal(b.received[0]?.type, 'heartbeat');
    const big = b.received.find(({ type }) => type === 'snapshot');
    assert.equal(big?.snapshot?.data.length, snapshot.data.length);
  });

  it('refuses another cluster, another node and a disk that is not known, and counts them', async (t) => {
    const a = await end(t, 1);
    const stranger = await end(t, 2, { clusterId: 'other' });
    stranger.transport.setPeers(new Map([[1, a.transport.address]]));
    await until('refused', () => a.transport.refused.cluster > 0);
    const lost = await end(t, 2);
    lost.transport.setPeers(new Map([[7, a.transport.address]]));
    await until('refused', () => a.transport.refused.node > 0);
    const strict = await end(t, 3, { accept: false });
    const wiped = await end(t, 2);
    wiped.transport.setPeers(new Map([[3, strict.transport.address]]));
    await until('refused', () => strict.transport.refused.incarnation > 0);
    assert.deepEqual([stranger.up, lost.up, wiped.up], [[], [], []]);
  });

  const garbage: readonly (readonly [string, Buffer])[] = [
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a frame that is too long', Buffer.from('ffffffff0000000001', 'hex')],
    ['a damaged frame', Buffer.from('000000020000000001ff', 'hex')],
    ['an empty frame', Buffer.from('000000000000000000', 'hex')],
  ];
  for (const [what, bytes] of garbage) {
    it(`closes a connection that sends ${what}`, async (t) => {
      const a = await end(t, 1);
      const [host, port] = a.transport.address.split(':');
      const socket = net.connect(Number(port), host);
      t.after(() => socket.destroy());
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(bytes);
      await closed;
      assert.equal(a.transport.refused.malformed, 1);
      assert.equal(a.received.length, 0);
    });
  }

  it('drops what does not fit into the queue', async (t) => {
    const [a, b] = [await end(t, 1, { maxQueueBytes: 1000 }), await end(t, 2)];
    introduce(a, b);
    await until('up', () => a.up.length === 1);
    const sent = Array.from({ length: 100 }, () => a.transport.send(heartbeat(1, 2)));
    assert.ok(sent.includes(true) && sent.includes(false));
  });
});

const skip = opensslPresent()
  ? false
  : 'SKIPPED: the openssl command is needed to make certificates';

describe('mutual TLS', { skip }, () => {
  const named = (identities: Map<string, TlsIdentity>, name: string): TlsIdentity =>
    identities.get(name)!;

  it('lets three nodes of one authority work together', async (t) => {
    const identities = issue(['1', '2', '3']);
    const checkPeer = (id: number, { subject }: { subject: { CN?: unknown } }) =>
      subject.CN === String(id) ? undefined : new Error('the certificate is of another node');
    const tls = (id: number): TlsIdentity => ({ ...named(identities, String(id)), checkPeer });
    const cluster = await TestCluster.start(t, { tls });
    await cluster.write(await cluster.follower(), 'over TLS');
  });

  it('refuses a certificate of another authority, of another node, and none at all', async (t) => {
    const ours = issue(['1', '2', '3']);
    const theirs = issue(['2']);
    const checkPeer: NonNullable<TlsIdentity['checkPeer']> = (id, { subject }) =>
      subject.CN === String(id) ? undefined : new Error('another node');
    const a = await end(t, 1, { tls: { ...named(ours, '1'), checkPeer } });
    const foreign = await end(t, 2, { tls: { ...named(theirs, '2'), ca: named(ours, '1').ca } });
    foreign.transport.setPeers(new Map([[1, a.transport.address]]));
    await until('the authority is refused', () => a.transport.refused.tls > 0);
    const before = a.transport.refused.tls;
    await foreign.transport.close();
    const liar = await end(t, 2, { tls: named(ours, '3') });
    liar.transport.setPeers(new Map([[1, a.transport.address]]));
    await until('the name is refused', () => a.transport.refused.tls > before);
    await liar.transport.close();
    const plain = await end(t, 2);
    const counted = a.transport.refused.tls;
    plain.transport.setPeers(new Map([[1, a.transport.address]]));
    await until('plain text is refused', () => a.transport.refused.tls > counted);
    assert.deepEqual([a.up, foreign.up, liar.up, plain.up], [[], [], [], []]);
  });
});
