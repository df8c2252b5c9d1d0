/**
 * The network of a real node. Every node dials every peer and sends on the connection it dialled, so that a process
 * that dies breaks two connections to each peer, and each peer learns of it at once.
 */
import type { Buffer } from 'node:buffer';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import tls from 'node:tls';
import type { Message, NodeId } from '../core/types.ts';
import type { LogIdentity, PeerStatus, Transport, TransportHandlers } from '../ports.ts';
import { CodecError, decodeMessage, encodeMessage } from '../wire/codec.ts';
import { encodeFrame, FRAME, type Frame, FrameError, FrameParser } from './frames.ts';
import {
  type Channel,
  encodeJson,
  type Hello,
  PROTOCOL_VERSION,
  parseHello,
  type RefusalReason,
} from './handshake.ts';
import { Outbound } from './outbound.ts';
import { serverTlsOptions, type TlsIdentity } from './tls-identity.ts';

export interface TcpTransportOptions {
  readonly host: string;
  /** 0 lets the system choose; see `address`. */
  readonly port: number;
  /** `host:port` under which peers reach this node. @default what it listens on */
  readonly advertise?: string;
  readonly tls?: TlsIdentity;
  /** Longest frame, so longest snapshot, in bytes. @default 256 MiB */
  readonly maxFrameBytes?: number;
  /** Bytes queued to one peer; what does not fit is dropped and sent again by the protocol. @default 64 MiB */
  readonly maxQueueBytes?: number;
}

interface Peer {
  main: Outbound | null;
  bulk: Outbound | null;
  /** A snapshot that waits for its connection; a newer one replaces it. */
  pendingBulk: Buffer | null;
  readonly inbound: Set<net.Socket>;
  activeAt: number | null;
}

const HANDSHAKE_TIMEOUT_MS = 2000;
/** A frame this long delays heartbeats noticeably: it goes by the bulk connection. */
const BULK_BYTES = 256 * 1024;

export class TcpTransport implements Transport {
  /** Connections and frames refused so far, by reason. */
  readonly refused: Record<RefusalReason, number> = {
    protocol: 0,
    cluster: 0,
    node: 0,
    incarnation: 0,
    malformed: 0,
    tls: 0,
  };
  readonly #options: TcpTransportOptions;
  readonly #server: net.Server;
  readonly #maxFrameBytes: number;
  readonly #maxQueueBytes: number;
  readonly #sockets = new Set<net.Socket>();
  readonly #peers = new Map<NodeId, Peer>();
  /** Addresses that unknown nodes told in their handshake. */
  readonly #learned = new Map<NodeId, string>();
  #addresses: ReadonlyMap<NodeId, string> = new Map();
  #identity: LogIdentity | null = null;
  #handlers: TransportHandlers | null = null;
  #closed = false;

  private constructor(options: TcpTransportOptions) {
    this.#options = options;
    this.#maxFrameBytes = options.maxFrameBytes ?? 256 * 1024 * 1024;
    this.#maxQueueBytes = options.maxQueueBytes ?? 64 * 1024 * 1024;
    const accept = (socket: net.Socket): void => this.#accept(socket);
    this.#server =
      options.tls === undefined
        ? net.createServer({ noDelay: true }, accept)
        : tls.createServer({ ...serverTlsOptions(options.tls), noDelay: true }, accept);
    this.#server.on('tlsClientError', () => {
      this.refused.tls += 1;
    });
    this.#server.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Binds the port. Rejects as `net.Server.listen` does. */
  static async listen(options: TcpTransportOptions): Promise<TcpTransport> {
    const transport = new TcpTransport(options);
    const server = transport.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: options.host, port: options.port }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return transport;
  }

  /** `host:port` that peers use. */
  get address(): string {
    if (this.#options.advertise !== undefined) return this.#options.advertise;
    const bound = this.#server.address();
    const port = bound !== null && typeof bound === 'object' ? bound.port : this.#options.port;
    const { host } = this.#options;
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  start(identity: LogIdentity, handlers: TransportHandlers): Promise<void> {
    this.#identity = identity;
    this.#handlers = handlers;
    return Promise.resolve();
  }

  setPeers(peers: ReadonlyMap<NodeId, string>): void {
    this.#addresses = peers;
    for (const [id, peer] of this.#peers) {
      if (!peers.has(id) && !this.#learned.has(id)) this.#dropConnections(peer);
    }
    for (const [id, address] of peers) {
      this.#learned.delete(id);
      if (id !== this.#identity?.nodeId) this.#connect(id, address);
    }
  }

  #peer(id: NodeId): Peer {
    let peer = this.#peers.get(id);
    if (peer === undefined) {
      peer = { main: null, bulk: null, pendingBulk: null, inbound: new Set(), activeAt: null };
      this.#peers.set(id, peer);
    }
    return peer;
  }

  #dropConnections(peer: Peer): void {
    peer.main?.close();
    peer.bulk?.close();
    peer.main = null;
    peer.bulk = null;
    peer.pendingBulk = null;
  }

  #connect(id: NodeId, address: string): void {
    if (this.#closed) return;
    const peer = this.#peer(id);
    if (peer.main !== null && peer.main.address !== address) this.#dropConnections(peer);
    peer.main ??= this.#dial(id, address, 'main');
  }

  #dial(id: NodeId, address: string, channel: Channel): Outbound {
    const peer = this.#peer(id);
    return new Outbound({
      peer: id,
      address,
      channel,
      tls: this.#options.tls,
      maxFrameBytes: 64 * 1024,
      maxQueueBytes: this.#maxQueueBytes,
      hello: () => this.#hello(id, channel),
      accept: ({ from, incarnation }) =>
        from === id && (this.#handlers?.acceptPeer(id, incarnation) ?? false),
      onUp: () => {
        peer.activeAt = performance.now();
        if (channel === 'main') this.#handlers?.onPeerConnected(id);
        else if (peer.pendingBulk !== null) {
          peer.bulk?.send(peer.pendingBulk);
          peer.pendingBulk = null;
        }
      },
      // The peer is not gone with the bulk connection: what was lost on it is sent again.
      onDown: () => {
        if (channel === 'main') this.#handlers?.onPeerDisconnected(id);
      },
      onActivity: () => {
        peer.activeAt = performance.now();
      },
      onRefused: () => {
        this.refused.node += 1;
      },
    });
  }

  #hello(to: NodeId, channel: Channel): Hello {
    return {
      protocol: PROTOCOL_VERSION,
      clusterId: this.#identity?.clusterId ?? '',
      from: this.#identity?.nodeId ?? 0,
      to,
      incarnation: this.#identity?.incarnation ?? '',
      address: this.address,
      channel,
    };
  }

  #accept(socket: net.Socket): void {
    socket.on('error', () => undefined);
    if (this.#handlers === null || this.#closed) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    const deadline = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(deadline));
    let from: NodeId | null = null;
    const parser = new FrameParser(this.#maxFrameBytes);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of parser.push(chunk)) {
          if (from !== null) {
            this.#onFrame(from, frame, socket);
          } else {
            from = this.#onHello(frame, socket);
            if (from === null) return;
            clearTimeout(deadline);
          }
        }
      } catch (error) {
        if (!(error instanceof FrameError) && !(error instanceof CodecError)) throw error;
        this.refused.malformed += 1;
        socket.destroy();
      }
    });
  }

  #refusalOf(hello: Hello | null, socket: net.Socket): RefusalReason | null {
    const identity = this.#identity;
    if (hello === null || identity === null) return 'malformed';
    if (hello.protocol !== PROTOCOL_VERSION) return 'protocol';
    if (hello.clusterId !== identity.clusterId) return 'cluster';
    if (hello.to !== identity.nodeId || hello.from === identity.nodeId) return 'node';
    const check = this.#options.tls?.checkPeer;
    if (check !== undefined && socket instanceof tls.TLSSocket) {
      if (check(hello.from, socket.getPeerCertificate()) !== undefined) return 'tls';
    }
    const known = this.#handlers?.acceptPeer(hello.from, hello.incarnation) ?? false;
    return known ? null : 'incarnation';
  }

  #onHello(frame: Frame, socket: net.Socket): NodeId | null {
    const hello = frame.kind === FRAME.hello ? parseHello(frame.payload) : null;
    const reason = this.#refusalOf(hello, socket);
    if (reason !== null || hello === null) {
      this.refused[reason ?? 'malformed'] += 1;
      socket.end(encodeFrame(FRAME.refuse, encodeJson({ reason: reason ?? 'malformed' })));
      socket.removeAllListeners('data');
      return null;
    }
    const { from } = hello;
    const identity = this.#identity;
    const welcome = { from: identity?.nodeId ?? 0, incarnation: identity?.incarnation ?? '' };
    socket.write(encodeFrame(FRAME.welcome, encodeJson(welcome)));
    const peer = this.#peer(from);
    peer.activeAt = performance.now();
    if (hello.channel === 'main') this.#adopt(from, peer, socket);
    if (!this.#addresses.has(from)) {
      // Not a member as far as we know: a leader that is about to tell us of itself.
      this.#learned.set(from, hello.address);
      this.#connect(from, hello.address);
    }
    peer.main?.nudge();
    return from;
  }

  #adopt(from: NodeId, peer: Peer, socket: net.Socket): void {
    peer.inbound.add(socket);
    socket.once('close', () => {
      peer.inbound.delete(socket);
      // A peer that dialled again before its old connection closed is not gone.
      if (peer.inbound.size === 0) this.#handlers?.onPeerDisconnected(from);
    });
  }

  #onFrame(from: NodeId, frame: Frame, socket: net.Socket): void {
    this.#peer(from).activeAt = performance.now();
    if (frame.kind === FRAME.ping) {
      socket.write(encodeFrame(FRAME.pong, new Uint8Array(0)));
    } else if (frame.kind === FRAME.message) {
      const received = decodeMessage(frame.payload);
      if (received.from !== from && received.type !== 'propose' && received.type !== 'read-index') {
        throw new CodecError('a message names another sender than its connection');
      }
      this.#handlers?.onMessage(received);
    }
  }

  send(outgoing: Message): boolean {
    const peer = this.#peers.get(outgoing.to);
    if (peer?.main === null || peer?.main === undefined) return false;
    const frame = encodeFrame(FRAME.message, encodeMessage(outgoing));
    const bulk = outgoing.type === 'snapshot' && frame.length >= BULK_BYTES;
    if (!bulk && outgoing.type !== 'snapshot-part') return peer.main.send(frame);
    if (!peer.main.up) return false;
    if (peer.bulk?.up) return peer.bulk.send(frame);
    peer.pendingBulk = frame;
    peer.bulk ??= this.#dial(outgoing.to, peer.main.address, 'bulk');
    return true;
  }

  peer(id: NodeId): PeerStatus {
    const peer = this.#peers.get(id);
    const rttMs = peer?.main?.rttMs;
    return {
      connected: peer?.main?.up ?? false,
      lastActiveAgoMs:
        peer?.activeAt === null || peer === undefined ? null : performance.now() - peer.activeAt,
      ...(rttMs === undefined ? {} : { rttMs }),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#handlers = null;
    for (const peer of this.#peers.values()) this.#dropConnections(peer);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
