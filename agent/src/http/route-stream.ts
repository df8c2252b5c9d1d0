/** The body of `GET /v1/route`: NDJSON, the current route at once, then each change, and an empty line as a heartbeat. */
import type { ServerResponse } from 'node:http';
import type { RouteSource } from '../proxy/route-table.ts';

/** Milliseconds between heartbeats, so that a reader tells a quiet cluster from a dead member. */
export const ROUTE_HEARTBEAT_MS = 1_000;

/** Writes until the reader goes away. A slow reader gets the newest route when it has caught up, not every one. */
export function streamRoutes(response: ServerResponse, routes: RouteSource): void {
  response.writeHead(200, {
    'content-type': 'application/x-ndjson; charset=utf-8',
    'cache-control': 'no-store',
  });
  let behind = false;
  const write = (text: string): void => {
    if (behind) return;
    behind = !response.write(text);
  };
  const send = (): void => {
    if (response.writableNeedDrain) behind = true;
    write(`${JSON.stringify(routes.current())}\n`);
  };
  const unsubscribe = routes.subscribe(send);
  const heartbeat = setInterval(() => write('\n'), ROUTE_HEARTBEAT_MS);
  heartbeat.unref();
  response.on('drain', () => {
    behind = false;
    send();
  });
  response.on('close', () => {
    unsubscribe();
    clearInterval(heartbeat);
  });
  response.on('error', () => {});
  send();
}
