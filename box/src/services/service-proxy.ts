/** What kube-proxy does: listens at the addresses of Services and hands each connection to one of their pods. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import type { ServiceTable, Target } from './service-table.ts';

const CONNECT_MS = 5_000;
const RETRY_LISTEN_MS = 1_000;

export class ServiceProxy {
  readonly #logger: Logger;
  readonly #servers = new Map<string, Server>();
  readonly #sockets = new Set<Socket>();
  #table: ServiceTable = new Map();
  #turn = 0;
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Connections that are open stay: it is the members that end those which lead to the wrong one. */
  use(table: ServiceTable): void {
    if (this.#closed) return;
    this.#table = table;
    for (const [address, server] of this.#servers) {
      if (table.has(address)) continue;
      server.close();
      this.#servers.delete(address);
    }
    for (const address of table.keys()) if (!this.#servers.has(address)) this.#listen(address);
  }

  close(): void {
    this.#closed = true;
    for (const server of this.#servers.values()) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #listen(address: string): void {
    const { host, port } = parse(address);
    const server = createServer({ pauseOnConnect: true }, (client) => this.#serve(address, client));
    this.#servers.set(address, server);
    server.on('error', (error) => {
      this.#logger.warn({ address, reason: error.message }, 'the address of a Service is taken');
      this.#servers.delete(address);
      setTimeout(() => this.use(this.#table), RETRY_LISTEN_MS).unref();
    });
    server.listen(port, host);
  }

  #serve(address: string, client: Socket): void {
    const targets = this.#table.get(address) ?? [];
    this.#turn += 1;
    const target = targets[this.#turn % Math.max(1, targets.length)];
    this.#track(client);
    if (target === undefined) {
      // As without endpoints in a cluster: refused at once, not left waiting.
      client.resetAndDestroy();
      return;
    }
    this.#join(client, target);
  }

  #join(client: Socket, { host, port }: Target): void {
    const server = connect({ host, port });
    this.#track(server);
    const timer = setTimeout(() => server.destroy(), CONNECT_MS);
    server.once('connect', () => {
      clearTimeout(timer);
      client.pipe(server).pipe(client);
    });
    const end = (): void => {
      clearTimeout(timer);
      client.destroy();
      server.destroy();
    };
    client.on('close', end);
    server.on('close', end);
  }

  #track(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

function parse(address: string): Target {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
