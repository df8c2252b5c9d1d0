import {
  createKubeClient,
  createTransport,
  type KubeClient,
} from '@radondb/controller/runtime/index';
import type { ApiAddress } from './supervise.ts';

/** A client of an API server whose token and certificate are known. */
export function clientOf(api: Pick<ApiAddress, 'url' | 'token' | 'caPem'>): {
  readonly client: KubeClient;
  close(): void;
} {
  const credentials = {
    headers: { authorization: `Bearer ${api.token}` },
    tls: { ca: api.caPem },
  };
  const transport = createTransport({
    server: new URL(api.url),
    credentials: () => Promise.resolve(credentials),
    refresh: () => {},
  });
  return { client: createKubeClient({ transport }), close: () => transport.close() };
}
