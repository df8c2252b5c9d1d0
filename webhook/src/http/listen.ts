import type { Server } from 'node:http';

export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** @returns the port that it listens on. @throws EADDRINUSE, EACCES, … */
export function listen(server: Server, { host, port }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.removeListener('error', reject);
      // Out of file descriptors, say: whoever connects sees it; the process has to live on.
      server.on('error', () => undefined);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** How often connections are closed that have become idle since. Milliseconds. */
const IDLE_CHECK_MS = 50;

/** Lets running requests end, for `deadlineMs` at most. Resolves when the port is free. */
export function close(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    // What was running when it was asked to close keeps its connection open after its answer.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(idle);
      resolve();
    });
  });
}
