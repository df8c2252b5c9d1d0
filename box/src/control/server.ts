import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { SwitchoverAnswer, SwitchoverRequest } from '@radondb/api';
import { type MysqlCluster, ProtocolError, parseSwitchoverRequest } from '@radondb/api';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { ClusterView } from '../cluster/cluster-view.ts';
import type { BoxLayout } from '../data-folder/layout.ts';
import { BoxError, messageOf, NotFoundError } from '../errors.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import {
  type ControlAddress,
  mayUseSocket,
  removeControlAddress,
  writeControlAddress,
} from './address.ts';

/** What the running box says of itself. */
export interface BoxInfo {
  readonly pid: number;
  readonly phase: 'starting' | 'running' | 'stopping';
  /** The status page; null while it is not there yet. */
  readonly page: string | null;
  readonly clusters: readonly string[];
}

/** What the control API can ask of the box. */
export interface BoxControl {
  info(): BoxInfo;
  clusters(): readonly MysqlCluster[];
  views(): readonly ClusterView[];
  /** @throws BoxError when it is refused or fails. */
  switchover(cluster: string, order: SwitchoverRequest): Promise<SwitchoverAnswer>;
  /** Begins to stop everything. */
  down(): void;
}

export interface ControlServer {
  close(): Promise<void>;
}

/** Serves the control API to whoever may read the data folder, and leaves its address there. */
export async function serveControl(layout: BoxLayout, control: BoxControl): Promise<ControlServer> {
  const token = randomBytes(32).toString('hex');
  const useSocket = mayUseSocket(layout);
  const app = controlApp(control, useSocket ? null : token);
  const server = createServer(app);
  await removeControlAddress(layout);
  const address = await listen(server, useSocket ? layout.controlSocket : null, token);
  await writeControlAddress(layout, address);
  return {
    close: async () => {
      await removeControlAddress(layout);
      server.close();
      server.closeAllConnections();
    },
  };
}

export function controlApp(control: BoxControl, token: string | null): Express {
  const app = express();
  app.disable('x-powered-by');
  if (token !== null) app.use(requireToken(token));
  app.use(express.json({ limit: '64kb' }));
  app.get('/v1/info', (_request, response) => {
    response.json(control.info());
  });
  app.get('/v1/clusters', (_request, response) => {
    response.json({ items: control.clusters() });
  });
  app.get('/v1/views', (_request, response) => {
    response.json({ items: control.views() });
  });
  app.post('/v1/clusters/:name/switchover', async (request, response) => {
    const order = parseSwitchoverRequest(request.body);
    response.json(await control.switchover(request.params.name, order));
  });
  app.post('/v1/down', (_request, response) => {
    response.status(202).json({});
    control.down();
  });
  app.use((request, response) => {
    response
      .status(404)
      .json({ code: 'not-found', message: `there is no ${request.path}`, details: [] });
  });
  app.use(answerError);
  return app;
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const code = error instanceof BoxError ? error.code : 'failed';
  const status =
    error instanceof NotFoundError
      ? 404
      : error instanceof ProtocolError
        ? 400
        : error instanceof BoxError
          ? 409
          : 500;
  response.status(status).json({ code, message: messageOf(error), details: [] });
};

function requireToken(token: string): RequestHandler {
  const expected = Buffer.from(`Bearer ${token}`);
  return (request, response, next) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length === expected.length && timingSafeEqual(given, expected)) {
      next();
      return;
    }
    response.status(401).json({ code: 'token', message: 'wrong token', details: [] });
  };
}

async function listen(
  server: Server,
  socket: string | null,
  token: string,
): Promise<ControlAddress> {
  if (socket !== null) await rm(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (socket === null) server.listen({ host: LOOPBACK, port: 0 }, resolve);
    else server.listen(socket, resolve);
  });
  if (socket !== null) {
    await chmod(socket, 0o600);
    return { kind: 'socket', path: socket };
  }
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { kind: 'port', port, token };
}
