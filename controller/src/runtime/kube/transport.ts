/** HTTP to the API server: kept connections, a deadline for every call, limits for every answer. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { ApiUnreachableError } from './api-error.ts';
import type { Credentials, KubeConnection, TlsMaterial } from './connection.ts';

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With query; below the server's own path. */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  /** Any of them ends the call, with its reason. */
  readonly signals: readonly AbortSignal[];
  readonly timeoutMs: number;
  /** May be sent a second time when a kept connection turns out to be closed. */
  readonly idempotent: boolean;
  /** Called in the very turn in which the bytes go out; what it throws ends the call with nothing sent. */
  readonly beforeSend?: () => void;
}

export interface TransportAnswer {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  readonly text: string;
}

export interface Transport {
  /** The whole answer. @throws ApiUnreachableError, or the reason of a signal */
  send(request: TransportRequest): Promise<TransportAnswer>;
  /** The answer as soon as its head is there; timeoutMs covers the head only. The caller reads or destroys it. */
  open(request: TransportRequest): Promise<IncomingMessage>;
  close(): void;
}

/** The longest answer that is read: a page of 500 pods is far below. Bytes. */
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;
/** Requests under way at once; the rest waits, so that a thousand reconciles do not open a thousand connections. */
const MAX_SOCKETS = 64;

export function createTransport(connection: KubeConnection): Transport {
  return new NodeTransport(connection);
}

type Sent = { readonly response: IncomingMessage } | 'stale';

class NodeTransport implements Transport {
  readonly #connection: KubeConnection;
  /** Short calls share kept connections; a watch has one of its own. */
  #agents: { readonly tls: string; readonly calls: HttpAgent; readonly watches: HttpAgent } | null =
    null;

  constructor(connection: KubeConnection) {
    this.#connection = connection;
  }

  async send(request: TransportRequest): Promise<TransportAnswer> {
    const end = performance.now() + request.timeoutMs;
    const answer = await this.#once(request, end);
    // Tokens are rotated under us: one more try with new ones.
    if (answer.status !== 401) return answer;
    this.#connection.refresh();
    return await this.#once(request, end);
  }

  async #once(request: TransportRequest, end: number): Promise<TransportAnswer> {
    const response = await this.#open(request, end, 'calls');
    const text = await readWhole(request, response, end);
    const retryAfter = Number(response.headers['retry-after'] ?? Number.NaN);
    return {
      status: response.statusCode ?? 0,
      text,
      ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
    };
  }

  async open(request: TransportRequest): Promise<IncomingMessage> {
    const end = performance.now() + request.timeoutMs;
    const response = await this.#open(request, end, 'watches');
    if (response.statusCode !== 401) return response;
    response.destroy();
    this.#connection.refresh();
    return await this.#open(request, end, 'watches');
  }

  close(): void {
    this.#agents?.calls.destroy();
    this.#agents?.watches.destroy();
    this.#agents = null;
  }

  async #open(
    request: TransportRequest,
    end: number,
    pool: 'calls' | 'watches',
  ): Promise<IncomingMessage> {
    const credentials = await this.#credentials(request, end);
    const agent = credentials.proxyAgent ?? this.#agentsFor(credentials.tls)[pool];
    const server = this.#connection.server;
    const sent = await attempt({ server, request, credentials, agent, end });
    if (sent !== 'stale') return sent.response;
    const again = await attempt({ server, request, credentials, agent, end });
    if (again !== 'stale') return again.response;
    throw new ApiUnreachableError(nameOf(request), 'ECONNRESET');
  }

  /** A plugin that hangs may not hold the call for longer than its deadline. */
  #credentials(request: TransportRequest, end: number): Promise<Credentials> {
    for (const signal of request.signals) if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        for (const [signal, listener] of listeners) signal.removeEventListener('abort', listener);
        act();
      };
      const failed = (code: string, cause?: unknown): void => {
        const what = 'the credentials for the API server';
        settle(() => reject(new ApiUnreachableError(what, code, cause)));
      };
      const timer = setTimeout(() => failed('TIMEOUT'), Math.max(0, end - performance.now()));
      const listeners = request.signals.map((signal) => {
        const listener = (): void => settle(() => reject(signal.reason));
        signal.addEventListener('abort', listener, { once: true });
        return [signal, listener] as const;
      });
      this.#connection.credentials().then(
        (credentials) => settle(() => resolve(credentials)),
        (error: unknown) => failed('CREDENTIALS', error),
      );
    });
  }

  #agentsFor(tls: TlsMaterial): { readonly calls: HttpAgent; readonly watches: HttpAgent } {
    const fingerprint = JSON.stringify(tls, (_, value: unknown) =>
      Buffer.isBuffer(value) ? value.toString('base64') : value,
    );
    if (this.#agents?.tls === fingerprint) return this.#agents;
    if (this.#agents !== null) retire(this.#agents.calls);
    const isTls = this.#connection.server.protocol === 'https:';
    const kept = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: MAX_SOCKETS };
    this.#agents = isTls
      ? {
          tls: fingerprint,
          calls: new HttpsAgent({ ...tls, ...kept }),
          watches: new HttpsAgent({ ...tls }),
        }
      : { tls: fingerprint, calls: new HttpAgent(kept), watches: new HttpAgent() };
    return this.#agents;
  }
}

/** Credentials have changed: calls under way end by themselves, and no connection made with the old ones is kept. */
function retire(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}

interface Attempt {
  readonly server: URL;
  readonly request: TransportRequest;
  readonly credentials: Credentials;
  readonly agent: HttpAgent;
  readonly end: number;
}

function attempt({ server, request, credentials, agent, end }: Attempt): Promise<Sent> {
  const remaining = end - performance.now();
  if (remaining <= 0) return Promise.reject(new ApiUnreachableError(nameOf(request), 'TIMEOUT'));
  for (const signal of request.signals) if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const payload = request.body === undefined ? undefined : Buffer.from(request.body);
    const send = server.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send({
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? (server.protocol === 'https:' ? 443 : 80) : Number(server.port),
      method: request.method,
      path: `${server.pathname.replace(/\/$/, '')}${request.path}`,
      headers: headersOf(request, credentials, payload),
      agent,
    });
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      for (const [signal, listener] of listeners) signal.removeEventListener('abort', listener);
      act();
    };
    const fail = (error: unknown): void => {
      settle(() => reject(error));
      outgoing.destroy();
    };
    const listeners = request.signals.map(
      (signal) => [signal, (): void => fail(signal.reason)] as const,
    );
    const timer = setTimeout(
      () => fail(new ApiUnreachableError(nameOf(request), 'TIMEOUT')),
      remaining,
    );
    for (const [signal, listener] of listeners)
      signal.addEventListener('abort', listener, { once: true });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? 'FAILED';
      const isStale = outgoing.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
      if (isStale && request.idempotent) settle(() => resolve('stale'));
      else fail(new ApiUnreachableError(nameOf(request), code, error));
    });
    outgoing.on('response', (response) => settle(() => resolve({ response })));
    outgoing.on('socket', (socket) => {
      whenConnected(socket, () => {
        try {
          request.beforeSend?.();
        } catch (error) {
          return fail(error);
        }
        outgoing.end(payload);
      });
    });
  });
}

/** Nothing is written before this: what is checked in `then` is true when the bytes leave. */
function whenConnected(socket: Socket, then: () => void): void {
  if (!socket.connecting) then();
  else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', then);
}

function headersOf(
  request: TransportRequest,
  credentials: Credentials,
  payload: Buffer | undefined,
): Record<string, string | number> {
  return {
    ...credentials.headers,
    accept: request.accept ?? 'application/json',
    'user-agent': 'radondb-mysql',
    ...(payload === undefined
      ? {}
      : {
          'content-type': request.contentType ?? 'application/json',
          'content-length': payload.length,
        }),
  };
}

async function readWhole(
  request: TransportRequest,
  response: IncomingMessage,
  end: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = (error: unknown): void => {
    response.destroy(error instanceof Error ? error : new Error(String(error)));
  };
  const timer = setTimeout(
    () => stop(new ApiUnreachableError(nameOf(request), 'TIMEOUT')),
    Math.max(0, end - performance.now()),
  );
  const listeners = request.signals.map((signal) => {
    const listener = (): void => stop(signal.reason);
    signal.addEventListener('abort', listener, { once: true });
    if (signal.aborted) listener();
    return [signal, listener] as const;
  });
  try {
    for await (const chunk of response) {
      size += chunk.length;
      if (size > ANSWER_LIMIT_BYTES) throw new ApiUnreachableError(nameOf(request), 'TOO_LARGE');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size).toString('utf8');
  } catch (error) {
    for (const signal of request.signals) signal.throwIfAborted();
    if (error instanceof ApiUnreachableError) throw error;
    throw new ApiUnreachableError(nameOf(request), 'CUT_OFF', error);
  } finally {
    clearTimeout(timer);
    for (const [signal, listener] of listeners) signal.removeEventListener('abort', listener);
  }
}

/** For messages: without the query, which can be long. */
export function nameOf(request: Pick<TransportRequest, 'method' | 'path'>): string {
  return `${request.method} ${request.path.split('?', 1)[0] ?? ''}`;
}
