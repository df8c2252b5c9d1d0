import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import express, { type Express, type RequestHandler, type Response } from 'express';
import type { ClusterView } from '../cluster/cluster-view.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import { renderDocument } from './document.ts';
import { renderClusters } from './render.ts';

/** Faster than this nobody can read. */
const SHORTEST_UPDATE_MS = 200;
const KEEP_AWAKE_MS = 15_000;

export interface StatusPage {
  readonly url: string;
  /** Something that the page shows has changed. */
  update(): void;
  close(): void;
}

/** Serves the status page on the loopback. @throws the system's error when the port is taken. */
export async function serveStatusPage(
  port: number,
  views: () => readonly ClusterView[],
): Promise<StatusPage> {
  const readers = new Set<Response>();
  const server = createServer(pageApp(views, readers));
  await listen(server, port);
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  let last = '';
  let timer: NodeJS.Timeout | null = null;
  const push = (): void => {
    timer = null;
    if (readers.size === 0) return;
    const event = updateEvent(views());
    if (event === last) return;
    last = event;
    for (const reader of readers) reader.write(event);
  };
  const awake = setInterval(() => {
    for (const reader of readers) reader.write(': awake\n\n');
  }, KEEP_AWAKE_MS).unref();
  return {
    url: `http://${LOOPBACK}:${taken}/`,
    update: () => {
      timer ??= setTimeout(push, SHORTEST_UPDATE_MS).unref();
    },
    close: () => {
      clearInterval(awake);
      if (timer !== null) clearTimeout(timer);
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The page, its stream of updates, and nothing that changes anything. */
export function pageApp(views: () => readonly ClusterView[], readers: Set<Response>): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(refuseForeignHosts);
  app.get('/', (_request, response) => {
    const nonce = randomBytes(16).toString('base64');
    response.setHeader(
      'content-security-policy',
      `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    response.type('html').send(renderDocument(renderClusters(views()), nonce));
  });
  app.get('/events', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(updateEvent(views()));
    readers.add(response);
    response.once('close', () => readers.delete(response));
  });
  app.use((_request, response) => {
    response.status(404).type('text').send('There is only one page here: /\n');
  });
  return app;
}

/**
 * A name of somebody's own that points here would let their page read ours (DNS rebinding): only
 * the loopback's names are answered.
 */
const refuseForeignHosts: RequestHandler = (request, response, next) => {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (host === LOOPBACK || host === 'localhost') {
    next();
    return;
  }
  response.status(421).type('text').send('Ask for 127.0.0.1\n');
};

function updateEvent(views: readonly ClusterView[]): string {
  return `event: update\ndata: ${JSON.stringify(renderClusters(views))}\n\n`;
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: LOOPBACK, port }, resolve);
  });
}
