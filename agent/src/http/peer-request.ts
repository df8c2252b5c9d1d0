/** One request to a peer, and its whole answer. */
import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { parseApiError } from '@radondb/api';
import { PeerRefusedError, PeerUnreachableError } from './peer-errors.ts';

/** A PeerConfig is one. */
export interface PeerEndpoint {
  /** The member's name: its certificate has to say `member/<name>`. */
  readonly name: string;
  readonly host: string;
  readonly apiPort: number;
}

export interface PeerRequest {
  readonly agent: Agent;
  readonly peer: PeerEndpoint;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** Whether it may be sent a second time when a kept connection turns out to be closed. */
  readonly idempotent: boolean;
}

/** Longest answer that is read: a report with large GTID sets stays far below. Bytes. */
const ANSWER_LIMIT_BYTES = 16 * 1024 * 1024;

/** The parsed body, undefined when it is empty. @throws PeerUnreachableError, PeerRefusedError, or the signal's reason. */
export async function sendToPeer(options: PeerRequest): Promise<unknown> {
  const end = performance.now() + options.timeoutMs;
  const first = await attempt(options, options.timeoutMs);
  if (first !== 'stale') return first.body;
  // The peer closed the kept connection (it restarted, say); a new one shows whether it is there.
  const second = await attempt(options, Math.max(1, end - performance.now()));
  if (second !== 'stale') return second.body;
  throw new PeerUnreachableError(options.peer.name, 'ECONNRESET');
}

function attempt(options: PeerRequest, timeoutMs: number): Promise<{ body: unknown } | 'stale'> {
  const { peer, signal, body } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers =
      payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': payload.length };
    const { method, path, agent } = options;
    const target = { host: peer.host, port: peer.apiPort, method, path, agent, headers };
    const outgoing = request(target);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      act();
    };
    const fail = (error: unknown): void => {
      settle(() => reject(error));
      outgoing.destroy();
    };
    const aborted = (): void => fail(signal?.reason);
    const timer = setTimeout(() => fail(new PeerUnreachableError(peer.name, 'TIMEOUT')), timeoutMs);
    signal?.addEventListener('abort', aborted, { once: true });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.message;
      const stale = outgoing.reusedSocket && (reason === 'ECONNRESET' || reason === 'EPIPE');
      if (stale && options.idempotent) settle(() => resolve('stale'));
      else fail(new PeerUnreachableError(peer.name, reason, error));
    });
    outgoing.on('response', (response) => {
      readAnswer(peer, response).then((value) => settle(() => resolve({ body: value })), fail);
    });
    outgoing.end(payload);
  });
}

async function readAnswer(peer: PeerEndpoint, response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      size += chunk.length;
      if (size > ANSWER_LIMIT_BYTES) throw new PeerUnreachableError(peer.name, 'ANSWER_TOO_LARGE');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof PeerUnreachableError) throw error;
    throw new PeerUnreachableError(peer.name, 'ECONNRESET', error);
  }
  const status = response.statusCode ?? 0;
  const text = Buffer.concat(chunks).toString('utf8');
  if (status >= 200 && status < 300)
    return text === '' ? undefined : parseAnswer(peer, status, text);
  throw refusal(peer, status, text);
}

function parseAnswer(peer: PeerEndpoint, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const message = 'its answer is not JSON';
    throw new PeerRefusedError(peer.name, status, { code: 'BAD_ANSWER', message, details: [] });
  }
}

/** The peer's ApiError as an error; any other body is not repeated. */
export function refusal(peer: PeerEndpoint, status: number, text: string): PeerRefusedError {
  try {
    return new PeerRefusedError(peer.name, status, parseApiError(JSON.parse(text)));
  } catch {
    const message = `HTTP status ${status}`;
    return new PeerRefusedError(peer.name, status, { code: 'BAD_ANSWER', message, details: [] });
  }
}
