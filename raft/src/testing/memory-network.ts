/** A network in memory for drivers in one process; links can be cut. */
import type { Message, NodeId } from '../core/types.ts';
import type { LogIdentity, PeerStatus, Transport, TransportHandlers } from '../ports.ts';

export class MemoryNetwork {
  readonly #ends = new Map<NodeId, MemoryTransport>();
  readonly #cut = new Set<string>();

  /** The transport of one node. */
  transport(id: NodeId): Transport {
    return new MemoryTransport(id, this);
  }

  /** Cuts the link between two nodes; both learn of it at once. */
  cut(a: NodeId, b: NodeId): void {
    this.#cut.add(`${a}-${b}`).add(`${b}-${a}`);
    this.#ends.get(a)?.disconnected(b);
    this.#ends.get(b)?.disconnected(a);
  }

  heal(): void {
    this.#cut.clear();
    for (const a of this.#ends.values()) a.refresh();
  }

  /** @internal */
  join(end: MemoryTransport): void {
    this.#ends.set(end.id, end);
    for (const other of this.#ends.values()) other.refresh();
  }

  /** @internal */
  leave(end: MemoryTransport): void {
    if (this.#ends.get(end.id) !== end) return;
    this.#ends.delete(end.id);
    for (const other of this.#ends.values()) other.disconnected(end.id);
  }

  /** @internal */
  reach(from: NodeId, to: NodeId): MemoryTransport | undefined {
    return this.#cut.has(`${from}-${to}`) ? undefined : this.#ends.get(to);
  }
}

class MemoryTransport implements Transport {
  readonly id: NodeId;
  readonly #network: MemoryNetwork;
  #identity: LogIdentity | null = null;
  #handlers: TransportHandlers | null = null;
  #peers: ReadonlyMap<NodeId, string> = new Map();
  readonly #connected = new Set<NodeId>();
  #inbox: Message[] = [];

  constructor(id: NodeId, network: MemoryNetwork) {
    this.id = id;
    this.#network = network;
  }

  start(identity: LogIdentity, handlers: TransportHandlers): Promise<void> {
    this.#identity = identity;
    this.#handlers = handlers;
    this.#network.join(this);
    return Promise.resolve();
  }

  setPeers(peers: ReadonlyMap<NodeId, string>): void {
    this.#peers = peers;
    this.refresh();
  }

  refresh(): void {
    for (const id of this.#peers.keys()) {
      const other = id === this.id ? undefined : this.#network.reach(this.id, id);
      if (other === undefined || this.#connected.has(id) || !this.#accepts(other)) continue;
      this.#connected.add(id);
      this.#handlers?.onPeerConnected(id);
    }
  }

  #accepts(other: MemoryTransport): boolean {
    const { clusterId, incarnation } = other.#identity ?? { clusterId: '', incarnation: '' };
    if (clusterId !== this.#identity?.clusterId) return false;
    return this.#handlers?.acceptPeer(other.id, incarnation) ?? false;
  }

  disconnected(id: NodeId): void {
    if (this.#connected.delete(id)) this.#handlers?.onPeerDisconnected(id);
  }

  send(outgoing: Message): boolean {
    const other = this.#network.reach(this.id, outgoing.to);
    if (other === undefined || other.#handlers === null || !other.#accepts(this)) return false;
    other.#receive(outgoing);
    return true;
  }

  #receive(received: Message): void {
    this.#inbox.push(received);
    if (this.#inbox.length > 1) return;
    // Later, never inside the sender's call: a real network does not call back either.
    queueMicrotask(() => {
      const inbox = this.#inbox;
      this.#inbox = [];
      for (const one of inbox) this.#handlers?.onMessage(one);
    });
  }

  peer(id: NodeId): PeerStatus {
    const connected = this.#connected.has(id);
    return { connected, lastActiveAgoMs: connected ? 0 : null };
  }

  close(): Promise<void> {
    this.#handlers = null;
    this.#network.leave(this);
    return Promise.resolve();
  }
}
