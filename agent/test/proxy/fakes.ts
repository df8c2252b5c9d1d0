/** Servers and clients for the proxy's tests: real sockets on loopback. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Route, RouteTarget } from '@radondb/api';
import type { EventLog } from '../../src/proxy/event-log.ts';

export const HOST = '127.0.0.1';
export const DEADLINE_MS = 10_000;
export const SILENT: EventLog = { debug() {}, info() {}, warn() {} };

/** A TCP server that greets with its name and echoes. `sockets` are those that are connected now. */
export interface FakeServer {
  readonly target: RouteTarget;
  readonly sockets: Set<Socket>;
  readonly server: Server;
  /** How each connection ended, as far as it has: an error's code or 'end'. */
  readonly ends: string[];
  accepted: number;
  close(): Promise<void>;
}

export async function aServer(
  member: string,
  options: { port?: number; onSocket?: (socket: Socket) => void; greet?: boolean } = {},
): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  const ends: string[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.on('connection', (socket) => {
    fake.accepted += 1;
    sockets.add(socket);
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(String(error.code)));
    socket.on('end', () => ends.push('end'));
    socket.on('close', () => sockets.delete(socket));
    if (options.greet !== false) socket.write(`hello from ${member}\n`);
    if (options.onSocket) options.onSocket(socket);
    else socket.pipe(socket);
  });
  server.listen(options.port ?? 0, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const fake: FakeServer = {
    target: { member, host: HOST, port: address.port },
    sockets,
    server,
    ends,
    accepted: 0,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return fake;
}

/** A port that nobody listens on (it was free a moment ago). */
export async function aDeadTarget(member: string): Promise<RouteTarget> {
  const server = await aServer(member);
  await server.close();
  return server.target;
}

export interface FakeClient {
  readonly socket: Socket;
  /** What was received so far. */
  text(): string;
  bytes(): Buffer;
  /** Resolves when this text has been received. */
  heard(text: string): Promise<void>;
  /** How the connection ended: an error's code, or 'end'. */
  readonly ended: Promise<string>;
}

/** Connects and collects what it is sent. */
export function aClient(port: number): FakeClient {
  const socket = connect({ host: HOST, port, allowHalfOpen: true, noDelay: true });
  const chunks: Buffer[] = [];
  const bytes = (): Buffer => Buffer.concat(chunks);
  const text = (): string => bytes().toString('utf8');
  socket.on('data', (chunk) => chunks.push(chunk));
  const ended = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    socket.once('end', () => resolve('end'));
  });
  const heard = async (wanted: string): Promise<void> => {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    while (!text().includes(wanted)) await once(socket, 'data', { signal });
  };
  return { socket, text, bytes, heard, ended };
}

/** Waits until it holds, looking again with each turn of the event loop. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function aRoute(fields: Partial<Route> = {}): Route {
  return { epoch: 1, open: true, primary: null, replicas: [], ...fields };
}
