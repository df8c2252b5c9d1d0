import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { EventLog } from '@radondb/agent/proxy/event-log';
import { readText } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { openPki } from '../pki/pki.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import { createApp } from './http/app.ts';
import { Tokens, type UserInfo } from './http/authenticate.ts';
import { Journal } from './journal/journal.ts';
import { Registry } from './kinds/registry.ts';
import { kubeconfig } from './kubeconfig.ts';
import type { Api } from './lifecycle/context.ts';
import { CrdController } from './lifecycle/crd-controller.ts';
import { expireEvents } from './lifecycle/event-expiry.ts';
import { GarbageCollector } from './lifecycle/garbage-collector.ts';
import { makeInitialNamespaces, NamespaceController } from './lifecycle/namespace-controller.ts';
import { Store, type StoreOptions } from './store/store.ts';

export interface ApiServerOptions {
  /** The server's own folder: objects, certificates, kubeconfig. Made when it is not there. */
  readonly dataDir: string;
  /** Default: any free one. */
  readonly port?: number;
  readonly log: EventLog;
  /** Aborting it closes the server. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch; default: the clock. */
  readonly now?: () => number;
  readonly store?: StoreOptions;
  /** Three numbers of the loopback that Services get their addresses in; default `127.96.0`. */
  readonly serviceNetwork?: string;
}

export interface ApiServer {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** Of an administrator. */
  readonly kubeconfigPath: string;
  readonly caPem: string;
  readonly token: string;
  /** A token for somebody else: a component's service account, a user in a test. */
  issueToken(user: UserInfo): string;
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 120_000;
const ADMINISTRATOR: UserInfo = { username: 'kubernetes-admin', groups: ['system:masters'] };

/**
 * Serves the Kubernetes API on loopback over TLS, with what `dataDir` holds.
 * @throws DataRefusedError when the objects on disk are damaged.
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { dataDir, log, port = 0, now = Date.now } = options;
  const pki = await openPki(join(dataDir, 'pki'));
  const tls = await pki.member('api-server');
  const caPem = await readFile(tls.caFile, 'utf8');
  const tokens = new Tokens(await openTokenKey(join(dataDir, 'token.key')));
  const { journal, content } = await Journal.open(join(dataDir, 'objects'));
  const store = new Store(journal, content, options.store);
  const { serviceNetwork = '127.96.0' } = options;
  const api: Api = { store, registry: new Registry(), now, serviceNetwork };
  await makeInitialNamespaces(api);
  const failed = (key: string, error: unknown) =>
    log.warn({ key, error }, 'controller failed, will try again');
  const crds = new CrdController(api, failed);
  const collector = new GarbageCollector(api, failed);
  const namespaces = new NamespaceController(api, failed);
  const stopExpiry = expireEvents(api, failed);
  const closing = new AbortController();
  const app = createApp({ api, tokens, log, signal: closing.signal });
  const [key, cert] = await Promise.all([readFile(tls.keyFile), readFile(tls.certFile)]);
  const server = createServer({ key, cert, minVersion: 'TLSv1.2' }, app);
  // Longer than clients keep idle connections: otherwise one is closed just as it is used again.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const url = await listen(server, port);
  const token = tokens.issue(ADMINISTRATOR);
  const kubeconfigPath = join(dataDir, 'kubeconfig');
  await writeFileAtomic(kubeconfigPath, kubeconfig({ url, caPem, token }), { mode: 0o600 });
  log.info({ url }, 'API server started');

  let closed: Promise<void> | null = null;
  const close = async () => {
    options.signal.removeEventListener('abort', onAbort);
    closing.abort();
    stopExpiry();
    server.close();
    server.closeAllConnections();
    await Promise.all([crds.close(), collector.close(), namespaces.close()]);
    await store.close();
    log.info({ url }, 'API server stopped');
  };
  const onAbort = () => {
    closed ??= close();
    closed.catch((error: unknown) => log.warn({ error }, 'API server did not stop cleanly'));
  };
  options.signal.addEventListener('abort', onAbort, { once: true });
  if (options.signal.aborted) onAbort();
  return {
    url,
    kubeconfigPath,
    caPem,
    token,
    issueToken: (user) => tokens.issue(user),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return `https://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
}

async function openTokenKey(path: string): Promise<Buffer> {
  const known = await readText(path);
  if (known !== null) return Buffer.from(known, 'hex');
  const made = randomBytes(32);
  await writeFileAtomic(path, made.toString('hex'), { mode: 0o600 });
  return made;
}
