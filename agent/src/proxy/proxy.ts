/**
 * A TCP proxy that follows the cluster's route. It copies bytes and knows one packet of MySQL, the error that it sends
 * when there is no server; TLS between client and server passes through it untouched.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Route } from '@radondb/api';
import {
  type Backend,
  backendKey,
  backendsFor,
  leastLoaded,
  type ProxyKind,
  stillServed,
} from './backend.ts';
import { DialGate } from './dial-gate.ts';
import { ER_CON_COUNT_ERROR, ER_SERVER_SHUTDOWN, initialErrorPacket } from './error-packet.ts';
import type { EventLog } from './event-log.ts';
import { joinSockets, type Link } from './link.ts';
import type { RouteSource } from './route-table.ts';
import { Seeker } from './seeker.ts';

export interface ProxyOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly kind: ProxyKind;
  readonly routes: RouteSource;
  readonly log: EventLog;
  /** Milliseconds that a new connection waits for a server before it gets an error. */
  readonly waitMs?: number;
  /** Connections that may wait at the same time; one more gets ER_CON_COUNT_ERROR at once. */
  readonly maxWaiting?: number;
}

export const PROXY_DEFAULTS = Object.freeze({ waitMs: 10_000, maxWaiting: 2_000 });

/** `active` and `waiting` are now; the others count since the start. */
export interface ProxyCounters {
  /** Clients joined to a server. */
  readonly active: number;
  /** Clients that connected. */
  readonly accepted: number;
  /** Clients that were sent an error. */
  readonly refused: number;
  /** Clients that were joined and were cut off by a change of the route. */
  readonly cutOff: number;
  /** Clients that have no server yet. */
  readonly waiting: number;
}

export interface TcpProxy {
  /** Binds. Resolves with the address taken. @throws the system's error (EADDRINUSE, …). */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  counters(): ProxyCounters;
  /** Stops listening and resets every connection. Resolves when the port is free. */
  close(): Promise<void>;
}

/** Milliseconds for a client to read its error and go. */
const REFUSAL_LINGER_MS = 1_000;
const KEEP_ALIVE_MS = 15_000;

export function createProxy(options: ProxyOptions): TcpProxy {
  return new RoutedProxy(options);
}

class RoutedProxy implements TcpProxy {
  readonly #options: ProxyOptions;
  readonly #waitMs: number;
  readonly #maxWaiting: number;
  readonly #server: Server;
  readonly #gate = new DialGate();
  readonly #links = new Map<Link, Backend>();
  readonly #load = new Map<string, number>();
  readonly #seekers = new Map<Seeker, Socket>();
  readonly #parting = new Set<Socket>();
  #unsubscribe: () => void = () => {};
  #accepted = 0;
  #refused = 0;
  #cutOff = 0;
  #turn = 0;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#waitMs = options.waitMs ?? PROXY_DEFAULTS.waitMs;
    this.#maxWaiting = options.maxWaiting ?? PROXY_DEFAULTS.maxWaiting;
    this.#server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    this.#server.on('connection', (client) => this.#accept(client));
  }

  start(): Promise<{ readonly host: string; readonly port: number }> {
    const { host, port } = this.#options.listen;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 4_096 }, () => {
        this.#server.removeListener('error', reject);
        // Running out of file descriptors refuses clients; it must not end the agent, which mysqld depends on.
        this.#server.on('error', (error) => this.#warn('proxy cannot accept', { error }));
        this.#unsubscribe = this.#options.routes.subscribe((route) => this.#follow(route));
        const address = this.#server.address();
        resolve({ host, port: typeof address === 'object' && address ? address.port : port });
      });
    });
  }

  counters(): ProxyCounters {
    return {
      active: this.#links.size,
      accepted: this.#accepted,
      refused: this.#refused,
      cutOff: this.#cutOff,
      waiting: this.#seekers.size,
    };
  }

  close(): Promise<void> {
    this.#unsubscribe();
    const closed = new Promise<void>((resolve) => {
      // An error here means that it was not listening.
      this.#server.close(() => resolve());
    });
    for (const [seeker, client] of this.#seekers) {
      seeker.dispose();
      client.resetAndDestroy();
    }
    this.#seekers.clear();
    for (const link of this.#links.keys()) link.cut();
    for (const client of this.#parting) client.destroy();
    return closed;
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    if (this.#seekers.size >= this.#maxWaiting) {
      const text = `too many connections wait for a server (${this.#maxWaiting}): ${this.#why()}`;
      this.#refuse(client, ER_CON_COUNT_ERROR, text);
      return;
    }
    const seeker = new Seeker({
      client,
      gate: this.#gate,
      deadlineMs: this.#waitMs,
      choose: (tried) => this.#choose(tried),
      wanted: (backend) => stillServed(backend, this.#options.routes.current()),
      found: (backend, socket) => {
        this.#seekers.delete(seeker);
        this.#join(client, socket, backend);
      },
      gaveUp: (lastFailure) => {
        this.#seekers.delete(seeker);
        const failure = lastFailure === null ? '' : ` (last attempt: ${lastFailure})`;
        this.#refuse(client, ER_SERVER_SHUTDOWN, `${this.#why()}${failure}`);
      },
      left: () => this.#seekers.delete(seeker),
    });
    this.#seekers.set(seeker, client);
    seeker.start();
  }

  #choose(tried: ReadonlySet<string>): Backend | null {
    const backends = backendsFor(this.#options.kind, this.#options.routes.current());
    this.#turn += 1;
    const load = (key: string): number => this.#load.get(key) ?? 0;
    return leastLoaded(backends, { load, tried, turn: this.#turn });
  }

  #join(client: Socket, socket: Socket, backend: Backend): void {
    const key = backendKey(backend);
    this.#load.set(key, (this.#load.get(key) ?? 0) + 1);
    const link = joinSockets(client, socket, () => {
      this.#links.delete(link);
      const load = (this.#load.get(key) ?? 1) - 1;
      if (load === 0) this.#load.delete(key);
      else this.#load.set(key, load);
    });
    this.#links.set(link, backend);
  }

  /** Cutting comes first and in this turn: nobody speaks to a former primary while the next one is being joined. */
  #follow(route: Route): void {
    let cut = 0;
    for (const [link, backend] of this.#links) {
      if (stillServed(backend, route)) continue;
      this.#links.delete(link);
      link.cut();
      cut += 1;
    }
    this.#cutOff += cut;
    if (cut > 0) {
      const { kind } = this.#options;
      const { epoch, open } = route;
      this.#options.log.info({ kind, epoch, open, connections: cut }, 'proxy cut connections off');
    }
    for (const seeker of [...this.#seekers.keys()]) seeker.routeChanged();
  }

  #refuse(client: Socket, code: number, message: string): void {
    this.#refused += 1;
    this.#options.log.debug({ kind: this.#options.kind, code, message }, 'proxy refused a client');
    this.#parting.add(client);
    client.on('error', () => {});
    client.once('close', () => this.#parting.delete(client));
    client.setTimeout(REFUSAL_LINGER_MS, () => client.destroy());
    // What it sent is read and dropped: closing over unread bytes would reset the connection before the error arrives.
    client.resume();
    client.once('end', () => client.destroySoon());
    client.end(initialErrorPacket(code, message));
  }

  /** Why there was no server, for a person who reads a client's log. */
  #why(): string {
    const { epoch, open, primary } = this.#options.routes.current();
    const what = this.#options.kind === 'primary' ? 'primary' : 'replica or primary';
    if (open) return `no ${what} is reachable (epoch ${epoch})`;
    const who = primary === null ? 'one is being elected' : `${primary.member} is not open yet`;
    return `no ${what} is open (epoch ${epoch}): ${who}`;
  }

  #warn(message: string, fields: object): void {
    this.#options.log.warn({ kind: this.#options.kind, ...fields }, message);
  }
}
