/** The webhook as an express app: `POST /validate` and `POST /default`. It knows HTTP; the decisions are in `review.ts`. */
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import {
  BODY_LIMIT_BYTES,
  failureBody,
  foreseenFailure,
  type HttpFailure,
} from './http/failure.ts';
import { type Logger, SILENT } from './log.ts';
import { gatherFacts, type LookUp } from './look-up/look-up.ts';
import type { ReviewPath, WebhookMetrics } from './metrics.ts';
import {
  type AdmissionRequest,
  type AdmissionResponse,
  type AdmissionReviewAnswer,
  parseAdmissionReview,
  reviewAnswer,
} from './review/admission-review.ts';
import { NO_FACTS } from './review/facts.ts';
import type { ReviewSettings } from './review/kinds/kind-rules.ts';
import { internalErrorStatus } from './review/status.ts';
import { referencesOf, reviewDefault, reviewValidate } from './review.ts';

export interface WebhookHandlerOptions {
  readonly settings?: ReviewSettings;
  /** Absent: nothing is said about objects that may not exist. */
  readonly lookUp?: LookUp;
  readonly metrics?: WebhookMetrics;
  readonly log?: Logger;
}

/** An express app, not listening. */
export function createWebhookHandler(options: WebhookHandlerOptions = {}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const body = express.json({ limit: BODY_LIMIT_BYTES, inflate: false, strict: false });
  const { lookUp, settings } = options;
  const validate = (request: AdmissionRequest): Answer => {
    const references = lookUp === undefined ? [] : referencesOf(request);
    if (lookUp === undefined || references.length === 0) return reviewValidate(request, NO_FACTS);
    return gatherFacts(references, lookUp).then((facts) => reviewValidate(request, facts));
  };
  const complete = (request: AdmissionRequest): Answer => reviewDefault(request, settings);
  for (const [path, review] of [
    ['validate', validate],
    ['default', complete],
  ] as const) {
    app
      .route(`/${path}`)
      .post(mustBeJson, body, answer(path, review, options))
      .all((_request, response) => {
        fail(response.set('allow', 'POST'), { status: 405, message: `use POST on /${path}` });
      });
  }
  app.use((_request, response) => {
    fail(response, { status: 404, message: 'POST /validate and POST /default are here' });
  });
  app.use(answerFailure(options));
  return app;
}

type Answer = AdmissionResponse | Promise<AdmissionResponse>;

function answer(
  path: ReviewPath,
  review: (request: AdmissionRequest) => Answer,
  { metrics, log = SILENT }: WebhookHandlerOptions,
): RequestHandler {
  return async (request, response) => {
    const startedMs = performance.now();
    const wanted = parseAdmissionReview(request.body);
    let given: AdmissionResponse;
    let failed = false;
    try {
      given = await review(wanted);
    } catch (error) {
      // Whatever it was: the API server gets an answer to its uid, and what was not checked stays out.
      failed = true;
      log.error({ err: error, path, ...about(wanted) }, 'a review failed');
      given = { uid: wanted.uid, allowed: false, status: internalErrorStatus() };
    }
    send(response, reviewAnswer(given));
    const result = failed ? 'failed' : given.allowed ? 'allowed' : 'refused';
    metrics?.reviewed(path, wanted.address.kind, result, (performance.now() - startedMs) / 1_000);
    log.debug({ path, result, ...about(wanted) }, 'reviewed');
  };
}

/** As `response.json`, without what that looks up for each answer: this is every request's way. */
function send(response: Response, answer: AdmissionReviewAnswer): void {
  const text = JSON.stringify(answer);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function about({ uid, address, namespace, operation }: AdmissionRequest): object {
  return { uid, kind: address.kind, namespace, name: address.name, operation };
}

const mustBeJson: RequestHandler = (request, response, next) => {
  if (request.is('application/json') === 'application/json') return next();
  fail(response, { status: 415, message: 'send an AdmissionReview as application/json' });
};

/** Express knows an error handler by its four parameters. */
function answerFailure({ metrics, log = SILENT }: WebhookHandlerOptions) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const foreseen = foreseenFailure(error);
    if (foreseen === undefined) {
      log.error({ err: error, method: request.method }, 'a request failed');
    }
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const failure = foreseen ?? { status: 500, message: 'the webhook failed; its log says why' };
    metrics?.rejected(failure.status);
    fail(response, failure);
  };
}

function fail(response: Response, failure: HttpFailure): void {
  // The rest of a body that was not read would be taken for the next request.
  if (!response.req.complete) response.set('connection', 'close');
  response.status(failure.status).json(failureBody(failure));
}
