/** A process that leads when it is elected, and then writes without pause. Arguments: the API server's URL, its identity. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createKubeClient } from '../../src/runtime/kube/kube-client.ts';
import { createTransport } from '../../src/runtime/kube/transport.ts';
import { runElected } from '../../src/runtime/leader/run-elected.ts';
import { CONFIG_MAPS } from '../../src/runtime/resources.ts';
import { aConfigMap, silent } from './builders.ts';

const [url = '', identity = ''] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(new Error('SIGTERM')));
const transport = createTransport({
  server: new URL(url),
  credentials: () => Promise.resolve({ headers: {}, tls: {} }),
  refresh() {},
});
await runElected({
  client: createKubeClient({ transport }),
  lease: { namespace: 'default', name: 'leader' },
  identity,
  stop: stop.signal,
  logger: silent,
  times: { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 300, endOfWorkMs: 10_000 },
  work: async (term) => {
    const client = createKubeClient({ transport, guard: term });
    const options = { signal: stop.signal, fieldManager: identity, force: true };
    // Tries on for a while after its term, as code that forgot to look at the signal would.
    for (let n = 0; !stop.signal.aborted && (term.isHeld || n % 50 !== 0); n += 1) {
      await client
        .apply(CONFIG_MAPS, aConfigMap('work', { by: identity, n: String(n) }), options)
        .catch(() => {});
      await sleep(2);
    }
    if (!stop.signal.aborted) process.stdout.write('lost\n');
  },
});
transport.close();
