/** The plain HTTP face for probes and Prometheus: read-only, nothing secret in it. */
import express, { type Express } from 'express';

export interface MetricsAppDeps {
  /** `live`: restarting the container would not help. `ready`: clients may be sent here. `why` in one sentence. */
  health(): { readonly live: boolean; readonly ready: boolean; readonly why: string };
  /** Prometheus text. */
  metrics(): Promise<string>;
}

/** An express app, not listening. A probe never opens, fences or starts anything (I9): it only reads. */
export function createMetricsApp(deps: MetricsAppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/healthz', (_request, response) => {
    const { live, why } = deps.health();
    response
      .status(live ? 200 : 503)
      .type('text/plain')
      .send(`${live ? 'ok' : why}\n`);
  });
  app.get('/readyz', (_request, response) => {
    const { ready, why } = deps.health();
    response
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(`${ready ? 'ok' : why}\n`);
  });
  app.get('/metrics', async (_request, response) => {
    let text: string;
    try {
      text = await deps.metrics();
    } catch {
      response.status(500).type('text/plain').send('the metrics could not be collected\n');
      return;
    }
    response.set('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(text);
  });
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('/healthz, /readyz and /metrics are here\n');
  });
  return app;
}
