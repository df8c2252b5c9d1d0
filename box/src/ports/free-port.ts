import { createServer } from 'node:net';
import { BoxFailedError } from '../errors.ts';

/** Everything of the box is here and nowhere else. */
export const LOOPBACK = '127.0.0.1';

/** Whether nobody listens on this port of the loopback. */
export async function isFreePort(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: LOOPBACK, port, exclusive: true }, resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** The first free port at or above `from` that is not in `taken`; it is added there. @throws BoxFailedError when there is none. */
export async function takeFreePort(from: number, taken: Set<number>): Promise<number> {
  for (let port = from; port <= 65_535; port += 1) {
    if (taken.has(port) || !(await isFreePort(port))) continue;
    taken.add(port);
    return port;
  }
  throw new BoxFailedError(`There is no free port on ${LOOPBACK} from ${from} up`);
}
