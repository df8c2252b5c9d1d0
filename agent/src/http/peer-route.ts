/** Follows a peer's route stream for as long as it is wanted. */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { parseRoute, type Route } from '@radondb/api';
import { PeerUnreachableError } from './peer-errors.ts';
import { type PeerEndpoint, refusal } from './peer-request.ts';
import { ROUTE_HEARTBEAT_MS } from './route-stream.ts';
import type { TlsClientOptions } from './tls-client.ts';

export interface RouteFollowOptions {
  /** Each route as it comes; after a reconnect the current one again. */
  readonly onRoute: (route: Route) => void;
  /** The stream broke or could not be opened; it is tried again. */
  readonly onDown?: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds between attempts: the first, doubled each time, up to the last. */
const BACKOFF_MS = { first: 20, last: 250 } as const;
/** Silence after which the peer counts as dead. Milliseconds. */
const SILENCE_MS = 3 * ROUTE_HEARTBEAT_MS;
/** Characters. */
const LINE_LIMIT = 1024 * 1024;

/** Resolves when the signal aborts, never rejects because of the peer. `tls` is asked anew for each connection. */
export async function followRoute(
  peer: PeerEndpoint,
  tls: () => TlsClientOptions,
  options: RouteFollowOptions,
): Promise<void> {
  const { signal } = options;
  let backoff: number = BACKOFF_MS.first;
  while (!signal.aborted) {
    try {
      await readStream(peer, tls(), options, () => {
        backoff = BACKOFF_MS.first;
      });
    } catch (error) {
      if (signal.aborted) return;
      options.onDown?.(error);
    }
    // Its only rejection is the abort, which the loop looks at.
    await pause(backoff, undefined, { signal, ref: false }).catch(() => {});
    backoff = Math.min(BACKOFF_MS.last, backoff * 2);
  }
}

/** Rejects when the stream is over, whatever the reason. */
function readStream(
  peer: PeerEndpoint,
  tls: TlsClientOptions,
  options: RouteFollowOptions,
  alive: () => void,
): Promise<never> {
  return new Promise((_resolve, reject) => {
    // A connection of its own: it never goes back to a pool.
    const target = {
      host: peer.host,
      port: peer.apiPort,
      path: '/v1/route',
      agent: false,
    } as const;
    const outgoing = request({ ...tls, ...target });
    const fail = (error: unknown): void => {
      clearTimeout(silence);
      options.signal.removeEventListener('abort', aborted);
      reject(error);
      outgoing.destroy();
    };
    const broken = (error: NodeJS.ErrnoException): void =>
      fail(new PeerUnreachableError(peer.name, error.code ?? error.message, error));
    const aborted = (): void => fail(options.signal.reason);
    const silence = setTimeout(
      () => fail(new PeerUnreachableError(peer.name, 'TIMEOUT')),
      SILENCE_MS,
    );
    options.signal.addEventListener('abort', aborted, { once: true });
    outgoing.on('error', broken);
    outgoing.on('response', (response) => {
      response.on('error', broken);
      readLines(peer, response, {
        heard: () => silence.refresh(),
        line: (line) => {
          deliver(line, options);
          alive();
        },
        over: fail,
      });
    });
    outgoing.end();
  });
}

/** Hands on each complete line. `over` is called with the reason when there will be no more, or one cannot be used. */
function readLines(
  peer: PeerEndpoint,
  response: IncomingMessage,
  to: { heard(): void; line(line: string): void; over(error: unknown): void },
): void {
  const status = response.statusCode ?? 0;
  let rest = '';
  response.setEncoding('utf8');
  response.on('end', () => {
    const ended = new PeerUnreachableError(peer.name, 'ECONNRESET');
    to.over(status === 200 ? ended : refusal(peer, status, rest));
  });
  response.on('data', (text: string) => {
    to.heard();
    rest += text;
    try {
      if (status === 200) {
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) to.line(line);
      }
      if (rest.length > LINE_LIMIT) throw new PeerUnreachableError(peer.name, 'LINE_TOO_LONG');
    } catch (error) {
      to.over(error);
    }
  });
}

/** An empty line is a heartbeat. @throws SyntaxError or ProtocolError when it is not a route. */
function deliver(line: string, { onRoute, signal }: RouteFollowOptions): void {
  if (line !== '' && !signal.aborted) onRoute(parseRoute(JSON.parse(line)));
}
