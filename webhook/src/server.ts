/** The webhook on a socket: HTTPS whose certificate can change under way, bounds against slow clients, and an orderly end. */
import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { readCertificate } from './certificates/pem.ts';
import type { KeyAndCertificate } from './certificates/secret-data.ts';
import type { TlsSource } from './certificates/tls-source.ts';
import { createWebhookHandler, type WebhookHandlerOptions } from './handler.ts';
import { guardConnections } from './http/connection-guard.ts';
import { createHealthApp } from './http/health-app.ts';
import { type Address, close, listen } from './http/listen.ts';
import { SILENT } from './log.ts';
import { createWebhookMetrics } from './metrics.ts';
import { KINDS } from './review/kinds/table.ts';

export interface ServerLimits {
  readonly maximumConnections: number;
  /** For a TLS handshake. Milliseconds, as all below. */
  readonly handshakeMs: number;
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For a whole request. kube-apiserver gives up after five seconds. */
  readonly requestMs: number;
  /** Longer than the 90 s after which kube-apiserver lets go, so that it never writes into a closed one. */
  readonly idleMs: number;
  /** How often the limits above are looked at. */
  readonly checkMs: number;
}

export const DEFAULT_SERVER_LIMITS: ServerLimits = Object.freeze({
  maximumConnections: 1_000,
  handshakeMs: 5_000,
  headersMs: 5_000,
  requestMs: 10_000,
  idleMs: 120_000,
  checkMs: 1_000,
});

export interface WebhookOptions extends Omit<WebhookHandlerOptions, 'metrics'> {
  readonly tls: TlsSource;
  readonly listen: Address;
  /** Plain HTTP with `/healthz`, `/readyz` and `/metrics`. Absent: none. */
  readonly health?: Address;
  readonly limits?: Partial<ServerLimits>;
}

export interface RunningWebhook {
  readonly port: number;
  /** Undefined without `health`. */
  readonly healthPort: number | undefined;
  /** `/readyz` says no from now on; requests are answered as before. */
  retire(): void;
  /** Stops listening and lets running requests end, for `deadlineMs` (default 10 s) at most. */
  close(deadlineMs?: number): Promise<void>;
}

/** Resolves when it serves. @throws EADDRINUSE, … and what node:tls says of a key that does not fit */
export async function startWebhook(options: WebhookOptions): Promise<RunningWebhook> {
  const { tls, log = SILENT } = options;
  // Schemas are compiled when they are first used: not while a review waits.
  for (const { validate } of KINDS) validate({}, {});
  const limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
  let retired = false;
  let openConnections = (): number => 0;
  const metrics = createWebhookMetrics(() => openConnections());
  const app = createWebhookHandler({ ...options, metrics });
  const server = createHttpsServer(
    {
      ...secureOptions(tls.current()),
      handshakeTimeout: limits.handshakeMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    (request, response) => {
      // A connection that is kept would come to the next process only when it breaks.
      if (retired) response.setHeader('connection', 'close');
      app(request, response);
    },
  );
  applyLimits(server, limits);
  openConnections = guardConnections(server, limits.maximumConnections);
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    log.debug({ code: error.code }, 'TLS handshake failed');
  });
  const serve = (pair: KeyAndCertificate): void => {
    metrics.certificate(readCertificate(pair.certificate)?.validToDate.getTime() ?? 0);
  };
  serve(tls.current());
  const stopFollowing = tls.onChange((pair) => {
    // New handshakes get it; connections that are open go on.
    server.setSecureContext(secureOptions(pair));
    serve(pair);
  });
  const whyNotReady = (): string | undefined => {
    if (retired) return 'the webhook is about to stop';
    return isValidNow(tls.current()) ? undefined : 'the certificate is not valid now';
  };
  const health = createServer(
    { connectionsCheckingInterval: limits.checkMs },
    createHealthApp({ whyNotReady, metrics: () => metrics.text() }),
  );
  applyLimits(health, limits);
  guardConnections(health, limits.maximumConnections);
  const stop = async (deadlineMs: number): Promise<void> => {
    retired = true;
    stopFollowing();
    await Promise.all(
      [server, health].filter((it) => it.listening).map((it) => close(it, deadlineMs)),
    );
  };
  try {
    const healthPort = options.health && (await listen(health, options.health));
    const port = await listen(server, options.listen);
    return {
      port,
      healthPort,
      retire: () => {
        retired = true;
      },
      close: (deadlineMs = 10_000) => stop(deadlineMs),
    };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

function secureOptions({ certificate, key }: KeyAndCertificate) {
  // All of it each time: setSecureContext forgets what it is not told again.
  return { cert: certificate, key, minVersion: 'TLSv1.2' } as const;
}

function applyLimits(server: Server, limits: ServerLimits): void {
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = limits.idleMs;
}

function isValidNow({ certificate }: KeyAndCertificate): boolean {
  const x509 = readCertificate(certificate);
  const now = Date.now();
  return (
    x509 !== undefined && x509.validFromDate.getTime() <= now && now < x509.validToDate.getTime()
  );
}
