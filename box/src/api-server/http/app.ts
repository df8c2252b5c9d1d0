import type { EventLog } from '@radondb/agent/proxy/event-log';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { aggregated, group, groupList, resourceList } from '../discovery/discovery.ts';
import { NOT_SERVED, notServed } from '../kinds/registry.ts';
import type { Api } from '../lifecycle/context.ts';
import type { JsonObject } from '../object.ts';
import { JSON_DOCUMENT, PROTOBUF_TYPE, protobufDocument } from '../openapi/v2.ts';
import { document, index } from '../openapi/v3.ts';
import { StatusError } from '../status-error.ts';
import { authenticate, type Tokens, type UserInfo } from './authenticate.ts';
import { acceptsAggregated } from './media-type.ts';
import { parsePath } from './parse-path.ts';
import { handleResource } from './resource-handler.ts';
import { statusOf } from './respond.ts';

export interface AppOptions {
  readonly api: Api;
  readonly tokens: Tokens;
  readonly log: EventLog;
  /** Ends open watches. */
  readonly signal: AbortSignal;
}

/** What `/version` says: the Kubernetes whose behaviour and schemas are followed. */
const VERSION = Object.freeze({
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3+radondb-box',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
});

const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The routes of the API server. */
export function createApp({ api, tokens, log, signal }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  for (const path of ['/healthz', '/livez', '/readyz'])
    app.get(path, (_request, response) => void response.send('ok'));
  app.use((request, response, next) => {
    response.locals['user'] = authenticate(request.headers, tokens);
    next();
  });
  addDiscovery(app, api);
  addOpenApi(app, api);
  app.use(async (request: Request, response: Response) => {
    const path = parsePath(new URL(request.url, 'http://localhost').pathname);
    if (path === null) throw notServed();
    const user = response.locals['user'] as UserInfo;
    await handleResource(api, path, { request, response, user, signal });
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const status = statusOf(error);
    // A refusal is told to who asked, and may quote what was sent; only our own failures are logged.
    if (!(error instanceof StatusError)) {
      log.warn({ method: request.method, path: request.path, error }, 'request failed');
    }
    if (response.headersSent) response.destroy();
    else if (status.message === NOT_SERVED)
      response.status(404).type('text/plain').send(`${NOT_SERVED}\n`);
    else response.status(status.code).json(status);
  });
  return app;
}

function addDiscovery(app: Express, api: Api): void {
  const answer = (response: Response, body: JsonObject | null) => {
    if (body === null) throw notServed();
    response.json(body);
  };
  const root = (request: Request, response: Response, isCore: boolean, plain: () => JsonObject) => {
    response.vary('accept');
    if (!acceptsAggregated(request.headers.accept)) answer(response, plain());
    else {
      const resources = api.registry.all().filter((one) => (one.group === '') === isCore);
      response.set('content-type', AGGREGATED_TYPE).send(JSON.stringify(aggregated(resources)));
    }
  };
  app.get('/version', (_request, response) => void response.json(VERSION));
  app.get('/api', (request, response) =>
    root(request, response, true, () => ({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [],
    })),
  );
  app.get('/apis', (request, response) =>
    root(request, response, false, () => groupList(api.registry.all())),
  );
  app.get('/api/:version', (request, response) =>
    answer(response, resourceList(api.registry.all(), '', request.params.version)),
  );
  app.get('/apis/:group', (request, response) =>
    answer(response, group(api.registry.all(), request.params.group)),
  );
  app.get('/apis/:group/:version', (request, response) =>
    answer(
      response,
      resourceList(api.registry.all(), request.params.group, request.params.version),
    ),
  );
}

function addOpenApi(app: Express, api: Api): void {
  app.get('/openapi/v2', (request, response) => {
    if (request.headers.accept?.includes('protobuf') === true) {
      response.set('content-type', PROTOBUF_TYPE).send(protobufDocument());
    } else response.json(JSON_DOCUMENT);
  });
  app.get('/openapi/v3', (_request, response) => void response.json(index(api.registry.all())));
  app.get('/openapi/v3/*path', (request, response) => {
    const path = (request.params.path as unknown as string[]).join('/');
    const found = document(api.registry.all(), path);
    if (found === null) throw notServed();
    response.json(found);
  });
}
