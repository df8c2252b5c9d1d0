/** Listeners for the agent's apps. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { EventLog } from '../proxy/event-log.ts';
import { type TlsFilePaths, TlsFiles } from './tls-files.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Aborting it ends the listener and every connection at once. */
  readonly signal: AbortSignal;
}

export interface HttpsListenOptions extends ListenOptions {
  readonly tls: TlsFilePaths;
  readonly log?: EventLog;
  /** Milliseconds between looks at the TLS files. */
  readonly tlsPollMs?: number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Resolves when the port is free again, after the signal. */
  readonly closed: Promise<void>;
}

/** Mutual TLS 1.3: who has no certificate of the cluster's CA does not get past the handshake. @throws EADDRINUSE, … and what `TlsFiles` throws. */
export function listenHttps(app: RequestListener, options: HttpsListenOptions): Promise<Listener> {
  const files = new TlsFiles(options.tls, { log: options.log, pollMs: options.tlsPollMs });
  const policy = {
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    handshakeTimeout: 10_000,
  } as const;
  const server = createHttpsServer({ ...files.current(), ...policy }, app);
  files.onChange((material) => server.setSecureContext({ ...material, ...policy }));
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    options.log?.debug({ code: error.code }, 'TLS handshake failed');
  });
  return listen(server, options, () => files.close());
}

/** Plain HTTP: only for what may be read by anyone who reaches the port. */
export function listenHttp(app: RequestListener, options: ListenOptions): Promise<Listener> {
  return listen(createServer(app), options, () => {});
}

function listen(server: Server, options: ListenOptions, atEnd: () => void): Promise<Listener> {
  const { host, signal } = options;
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  // Peers keep connections for a failover; they would lose a round trip if these were closed as idle.
  server.keepAliveTimeout = 600_000;
  return new Promise((resolve, reject) => {
    let ended: () => void = () => {};
    const closed = new Promise<void>((done) => {
      ended = done;
    });
    const end = (): void => {
      atEnd();
      server.close(() => ended());
      server.closeAllConnections();
    };
    const failed = (error: Error): void => {
      signal.removeEventListener('abort', end);
      atEnd();
      reject(error);
    };
    if (signal.aborted) {
      failed(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      return;
    }
    signal.addEventListener('abort', end, { once: true });
    server.once('error', failed);
    server.listen({ host, port: options.port }, () => {
      server.removeListener('error', failed);
      // Out of file descriptors, say: whoever connects sees it; the agent has to live on.
      server.on('error', () => {});
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : options.port;
      resolve({ host, port, closed });
    });
  });
}
