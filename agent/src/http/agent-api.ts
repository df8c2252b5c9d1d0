/**
 * The agent's API under /v1, for its peers and for operators. It knows HTTP and the protocol's types; what a request does
 * is up to `deps`. Serve it with `listenHttps`: without a client certificate everything is refused.
 */
import {
  type AccountsAnswer,
  type AccountsRequest,
  type ApiError,
  type MemberHealth,
  type MemberReport,
  type PromiseAnswer,
  type PromiseRequest,
  parseAccountsRequest,
  parseMarkRequest,
  parseMemberHealth,
  parsePromiseRequest,
  parseSwitchoverRequest,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from '@radondb/api';
import {
  type ConfigureRequest,
  parseConfigureRequest,
} from '@radondb/api/agent-protocol/configure';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { EventLog } from '../proxy/event-log.ts';
import type { RouteSource } from '../proxy/route-table.ts';
import { ApiFailureError, describeFailure } from './api-failure.ts';
import { type Caller, callerOf } from './caller.ts';
import { prepareParsers } from './prepare-parsers.ts';
import { streamRoutes } from './route-stream.ts';

/**
 * What the API does. Signals abort when the caller goes away. Errors thrown with a `code` become a status: NOT_LEADER 421
 * (`leader` in the details), NOT_PRIMARY 421 (the primary in the details), REFUSED 409, TIMEOUT 504, others 500; `details` is handed on.
 */
export interface AgentApiDeps {
  report(): Promise<MemberReport> | MemberReport;
  readonly routes: RouteSource;
  /** `caller` is the member that asks. */
  promise(request: PromiseRequest, caller: string, signal: AbortSignal): Promise<PromiseAnswer>;
  /** Called for a member's report about itself only. */
  health(health: MemberHealth, caller: string): void;
  switchover(request: SwitchoverRequest, signal: AbortSignal): Promise<SwitchoverAnswer>;
  /** Has this primary write a transaction now; its GTID (I8). Without it `POST /v1/mark` is not found. */
  mark?(epoch: number): Promise<string>;
  /** Accounts and schemas, on the open primary. Without it `POST /v1/accounts` is not found. */
  accounts?(request: AccountsRequest, signal: AbortSignal): Promise<AccountsAnswer>;
  /** Applies settings without a restart. Without it `POST /v1/configure` is not found. */
  configure?(request: ConfigureRequest): Promise<void>;
  /** Restarts mysqld. Without it `POST /v1/restart` is not found. */
  restart?(signal: AbortSignal): Promise<void>;
  readonly log?: EventLog;
}

/** Largest body of a request. Bytes. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** An express app, not listening. */
export function createAgentApi(deps: AgentApiDeps): Express {
  prepareParsers(parsePromiseRequest, parseMemberHealth, parseSwitchoverRequest);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const body = express.json({ limit: BODY_LIMIT_BYTES, inflate: false, strict: false });
  const anyone = admit('member', 'operator');
  const members = admit('member');
  const operators = admit('operator');

  // What keeps a peer's connection warm; it answers before anything else could be slow.
  app.get('/v1/ping', anyone, (_request, response) => {
    response.status(204).end();
  });
  app.get('/v1/status', anyone, async (_request, response) => {
    response.json(await deps.report());
  });
  app.get('/v1/route', anyone, (_request, response) => streamRoutes(response, deps.routes));
  app.post('/v1/promise', members, body, async (request, response) => {
    const wanted = parsePromiseRequest(request.body);
    const { name } = requireCaller(request);
    response.json(await deps.promise(wanted, name, goneSignal(response)));
  });
  app.post('/v1/health', members, body, (request, response) => {
    const health = parseMemberHealth(request.body);
    const { name } = requireCaller(request);
    if (health.member !== name) {
      throw new ApiFailureError(403, 'FORBIDDEN', 'a member reports its own health only');
    }
    deps.health(health, name);
    response.status(204).end();
  });
  app.post('/v1/switchover', anyone, body, async (request, response) => {
    const wanted = parseSwitchoverRequest(request.body);
    response.json(await deps.switchover(wanted, goneSignal(response)));
  });
  app.post('/v1/mark', members, body, async (request, response, next) => {
    if (deps.mark === undefined) return next();
    response.json({ gtid: await deps.mark(parseMarkRequest(request.body).epoch) });
  });
  app.post('/v1/accounts', operators, body, async (request, response, next) => {
    if (deps.accounts === undefined) return next();
    const wanted = parseAccountsRequest(request.body);
    response.json(await deps.accounts(wanted, goneSignal(response)));
  });
  app.post('/v1/configure', operators, body, async (request, response, next) => {
    if (deps.configure === undefined) return next();
    await deps.configure(parseConfigureRequest(request.body));
    response.status(204).end();
  });
  app.post('/v1/restart', anyone, async (_request, response, next) => {
    if (deps.restart === undefined) return next();
    await deps.restart(goneSignal(response));
    response.status(204).end();
  });
  app.use(admit('member', 'operator'), (request) => {
    throw new ApiFailureError(404, 'NOT_FOUND', `nothing answers ${request.method} here`);
  });
  app.use(answerFailure(deps.log));
  return app;
}

/** Lets these callers pass, before a body is read. */
function admit(...kinds: readonly Caller['kind'][]): RequestHandler {
  return (request, _response, next) => {
    if (!kinds.includes(requireCaller(request).kind)) {
      throw new ApiFailureError(403, 'FORBIDDEN', `only a ${kinds.join(' or ')} may do this`);
    }
    next();
  };
}

function requireCaller(request: Request): Caller {
  const caller = callerOf(request.socket);
  if (caller !== null) return caller;
  const message = 'the client certificate names neither member/<name> nor operator/<name>';
  throw new ApiFailureError(403, 'FORBIDDEN', message);
}

/** Aborts when the connection closes before the answer has been sent. */
function goneSignal(response: Response): AbortSignal {
  const controller = new AbortController();
  const gone = (): void => {
    if (!response.writableFinished) controller.abort(new Error('the caller went away'));
  };
  // It may have left while its body was being parsed: then 'close' has been and will not come again.
  if (response.destroyed || response.closed) gone();
  else response.once('close', gone);
  return controller.signal;
}

/** Express knows an error handler by its four parameters. */
function answerFailure(log: EventLog | undefined) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const { status, body, unexpected } = describeFailure(error);
    if (unexpected) log?.warn({ error, method: request.method, path: request.path }, 'API failed');
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    // The rest of a body that was not read would be taken for the next request.
    if (!request.complete) response.set('connection', 'close');
    response.status(status).json(body satisfies ApiError);
  };
}
