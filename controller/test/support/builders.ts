/** Objects and parts with good defaults. */
import { pino } from 'pino';
import { createKubeClient } from '../../src/runtime/kube/kube-client.ts';
import { createTransport, type Transport } from '../../src/runtime/kube/transport.ts';
import type { WriteGuard } from '../../src/runtime/kube/write-guard.ts';
import type { KubeObject, ObjectToWrite } from '../../src/runtime/kube-object.ts';
import type { KubeClient } from '../../src/runtime/ports.ts';
import { FakeApiServer } from './fake-api-server.ts';

export const silent = pino({ level: 'silent' });

export function aConfigMap(
  name: string,
  data: Record<string, string> = {},
  metadata: Partial<ObjectToWrite['metadata']> = {},
): ObjectToWrite {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'default', name, ...metadata },
    data,
  };
}

export function aPod(name: string, labels: Record<string, string> = {}): ObjectToWrite {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name, labels },
    spec: { containers: [{ name: 'mysql', image: 'mysql' }] },
  };
}

/** As the API server returns it. */
export function aStored(
  name: string,
  metadata: Partial<KubeObject['metadata']> = {},
  rest: Record<string, unknown> = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'default', name, uid: `uid-${name}`, resourceVersion: '1', ...metadata },
    ...rest,
  };
}

export interface TestApi extends AsyncDisposable {
  readonly server: FakeApiServer;
  readonly transport: Transport;
  readonly client: KubeClient;
  /** Aborts at the end of the test. */
  readonly signal: AbortSignal;
  guarded(guard: WriteGuard): KubeClient;
}

/** A fake API server and a client; both end with the scope: `await using api = await aFakeApi()`. */
export async function aFakeApi(): Promise<TestApi> {
  const server = await FakeApiServer.start();
  const transport = createTransport(server.connection());
  const ended = new AbortController();
  return {
    server,
    transport,
    client: createKubeClient({ transport }),
    signal: ended.signal,
    guarded: (guard) => createKubeClient({ transport, guard }),
    async [Symbol.asyncDispose]() {
      ended.abort(new Error('the test has ended'));
      transport.close();
      await server.close();
    },
  };
}
