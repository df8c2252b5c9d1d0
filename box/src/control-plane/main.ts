/**
 * The control plane as a process of its own: stopped or killed, members go on, fail over and heal without it, and `radondb up` starts it
 * again. Its parent hears over the channel where it listens.
 */
import { parseArgs } from 'node:util';
import { messageOf, systemCode } from '../errors.ts';
import { createBoxLog } from '../log.ts';
import { type ControlPlane, startControlPlane } from './start.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    log: { type: 'string' },
    port: { type: 'string' },
    'service-network': { type: 'string' },
    manifests: { type: 'string' },
  },
});
const { data, log: logFile, port = '0', 'service-network': serviceNetwork, manifests } = values;
if (
  data === undefined ||
  logFile === undefined ||
  serviceNetwork === undefined ||
  manifests === undefined
) {
  process.stderr.write(
    'usage: main.ts --data FOLDER --log FILE --service-network 127.X.Y --manifests FOLDER [--port PORT]\n',
  );
  process.exit(64);
}
const logger = createBoxLog(logFile, { sync: true });
const stop = new AbortController();
const ended = new Promise<void>((resolve) => {
  stop.signal.addEventListener('abort', () => resolve(), { once: true });
});
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.once(name, () => stop.abort(new Error(`${name} was received`)));
process.once('disconnect', () => stop.abort(new Error('the box has ended')));

let plane: ControlPlane;
try {
  plane = await startControlPlane({
    ...{ dataDir: data, port: Number(port), serviceNetwork, manifests, logger },
    signal: stop.signal,
  });
} catch (error) {
  process.send?.({ type: 'failed', message: messageOf(error), code: systemCode(error) });
  process.exit(1);
}
const { url, token, caPem, kubeconfigPath } = plane.api;
process.send?.({ type: 'ready', url, token, caPem, kubeconfigPath });
await ended;
await plane.close();
process.exit(0);
