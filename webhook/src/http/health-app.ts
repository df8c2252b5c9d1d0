/** Plain HTTP for probes and Prometheus: read-only, nothing secret in it. */
import express, { type Express } from 'express';

export interface HealthAppOptions {
  /** Why no requests should be sent here; undefined when they should. */
  whyNotReady(): string | undefined;
  /** Prometheus text. */
  metrics(): Promise<string>;
}

/** An express app, not listening: `/healthz` (the process answers), `/readyz`, `/metrics`. */
export function createHealthApp(options: HealthAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  app.get('/readyz', (_request, response) => {
    const why = options.whyNotReady();
    response
      .status(why === undefined ? 200 : 503)
      .type('text/plain')
      .send(`${why ?? 'ok'}\n`);
  });
  app.get('/metrics', async (_request, response) => {
    const text = await options.metrics();
    response.set('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(text);
  });
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('/healthz, /readyz and /metrics are here\n');
  });
  return app;
}
