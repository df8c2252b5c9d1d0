import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import {
  DEFAULT_CERTIFICATE_TIMES,
  type KeyAndCertificate,
  SECRET_KEYS,
  type SecretData,
  secretAfter,
  TlsHolder,
} from '../src/certificates.ts';
import { type RunningWebhook, startWebhook, type WebhookOptions } from '../src/server.ts';

export const NAMES = ['localhost', '127.0.0.1'];

/** A Secret as a first start makes it. */
export async function aSecret(): Promise<SecretData> {
  const wishes = { names: NAMES, times: DEFAULT_CERTIFICATE_TIMES };
  return await secretAfter({ do: 'start', why: 'test' }, {}, Date.now(), wishes);
}

export function leafOf(secret: SecretData): KeyAndCertificate {
  const { certificate, key } = SECRET_KEYS;
  return { certificate: secret[certificate] ?? '', key: secret[key] ?? '' };
}

export interface TestWebhook extends RunningWebhook {
  readonly tls: TlsHolder;
  /** PEM. */
  readonly ca: string;
  /** An agent with kept connections that trusts it. */
  readonly agent: Agent;
}

/** A webhook on a free port of loopback. Close it with `stopWebhook`. */
export async function runWebhook(
  options: Partial<Omit<WebhookOptions, 'tls'>> = {},
): Promise<TestWebhook> {
  const secret = await aSecret();
  const tls = new TlsHolder(leafOf(secret));
  const listen = { host: '127.0.0.1', port: 0 };
  const running = await startWebhook({ tls, listen, health: listen, ...options });
  const ca = secret[SECRET_KEYS.authority] ?? '';
  return { ...running, tls, ca, agent: new Agent({ keepAlive: true, maxSockets: 20, ca }) };
}

export async function stopWebhook(webhook: TestWebhook): Promise<void> {
  webhook.agent.destroy();
  await webhook.close(0);
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Undefined when it is not JSON. */
  readonly json: unknown;
}

export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

/** Sends a request; by default POST /validate as JSON. Fails after ten seconds. */
export function call(webhook: TestWebhook, options: Call = {}): Promise<Answer> {
  const { method = 'POST', path = '/validate', body = '', headers = {} } = options;
  return exchange(
    httpsRequest({
      host: '127.0.0.1',
      port: webhook.port,
      method,
      path,
      agent: webhook.agent,
      headers: { 'content-type': 'application/json', ...headers },
      signal: AbortSignal.timeout(10_000),
    }),
    body,
  );
}

export function callHealth(webhook: TestWebhook, path: string): Promise<Answer> {
  const port = webhook.healthPort;
  return exchange(httpRequest({ host: '127.0.0.1', port, path, agent: false }), '');
}

export async function review(webhook: TestWebhook, body: unknown, path = '/validate') {
  const answer = await call(webhook, { path, body: JSON.stringify(body) });
  const { response } = answer.json as { response: { uid: string; allowed: boolean } };
  return response;
}

export function handshake(
  webhook: TestWebhook,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: webhook.port, ca: webhook.ca, ...options });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}

function exchange(request: ReturnType<typeof httpRequest>, body: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: parsed(text),
        });
      });
    });
    request.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
