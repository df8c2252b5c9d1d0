/** A real Kubernetes API for tests: etcd and kube-apiserver as processes of this machine, no nodes. */
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueLeaf } from '@radondb/box/pki/issue';
import { apiServerArguments, etcdArguments, LOOPBACK } from './arguments.ts';
import { isApiServerReady, isEtcdHealthy } from './ask.ts';
import { type Credentials, openCredentials, type TokenUser } from './credentials.ts';
import { type ControlPlanePrograms, findControlPlane } from './find.ts';
import { type KubeProcess, startProcess } from './kube-process.ts';
import { type Identity, renderKubeconfig } from './kubeconfig.ts';
import type { KubectlTarget } from './kubectl.ts';

/** A running control plane. Stop it in an `after` hook. */
export interface ControlPlane extends KubectlTarget {
  /** `https://127.0.0.1:PORT`, the same after a restart. */
  readonly url: string;
  readonly caPem: string;
  /** The bearer token of `admin`, who is in `system:masters`. */
  readonly token: string;
  /** The bearer tokens of `users`, by name. */
  readonly tokens: Readonly<Record<string, string>>;
  /** null after `killApiServer`. SIGSTOP makes it silent, SIGCONT lets it go on. */
  readonly apiServerPid: number | null;
  readonly etcdPid: number;
  /**
   * Writes a kubeconfig and gives its path. `user` gets a client certificate with that name and no
   * groups; `token` is one of `tokens` or a service account's (`kubectl create token`).
   */
  kubeconfigFor(who: { readonly user: string } | { readonly token: string }): Promise<string>;
  /** SIGKILL: clients see broken connections at once, then refused ones. */
  killApiServer(): Promise<void>;
  /** Ends it when it runs, starts it on the same port with the same data, settles when it is ready. */
  restartApiServer(): Promise<void>;
  /** Ends both and removes the folder, unless it was given. */
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Ends a start; whatever was started is gone then. */
  readonly signal: AbortSignal;
  /** A folder to keep and to start from again; default a temporary one. Short: a socket is in it. */
  readonly dataDir?: string;
  /** Who else has a token from the start. */
  readonly users?: readonly TokenUser[];
  /** Arguments of kube-apiserver that come last and so win. */
  readonly apiServerArgs?: readonly string[];
}

// Seconds on an idle machine; a loaded one may need longer and is not to fail.
const READY_WITHIN_MS = 90_000;
const ETCD_GRACE_MS = 3_000;
/** The kernel's limit for a socket's path, less its closing NUL, on the strictest system. */
const SOCKET_PATH_BYTES = 103;

const [FIRST_PORT, LAST_PORT, PORT_TRIES] = [20_000, 32_000, 100];

/** @throws KubeMissingError when a program is missing; Error with a log's end when one does not start. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { signal } = options;
  const programs = await findControlPlane();
  const isOurs = options.dataDir === undefined;
  const directory = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'radondb-kube-')));
  const removeOurs = async () => {
    if (isOurs) await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  let etcd: KubeProcess | null = null;
  try {
    const socket = socketIn(directory);
    const credentials = await openCredentials(join(directory, 'pki'), options.users ?? []);
    etcd = await startEtcd({ directory, socket, programs, signal });
    const server = await startApiServer({ directory, socket, programs, credentials, options });
    return await assemble({ directory, programs, credentials, etcd, server, removeOurs });
  } catch (error) {
    await etcd?.end('SIGKILL');
    await removeOurs();
    throw error;
  }
}

type Server = {
  readonly url: string;
  process: KubeProcess | null;
  readonly start: (signal: AbortSignal) => Promise<KubeProcess>;
};

async function assemble(parts: {
  readonly directory: string;
  readonly programs: ControlPlanePrograms;
  readonly credentials: Credentials;
  readonly etcd: KubeProcess;
  readonly server: Server;
  readonly removeOurs: () => Promise<void>;
}): Promise<ControlPlane> {
  const { directory, credentials, etcd, server } = parts;
  const { authority, adminToken: token } = credentials;
  const { url } = server;
  const caPem = authority.certificate;
  const stopped = new AbortController();
  let count = 0;
  const writeKubeconfig = async (identity: Identity) => {
    count += 1;
    const path = join(directory, `kubeconfig-${count}.json`);
    await writeFile(path, renderKubeconfig({ url, caPem }, identity), { mode: 0o600 });
    return path;
  };
  const killApiServer = async () => {
    await server.process?.end('SIGKILL');
    server.process = null;
  };
  return {
    url,
    caPem,
    token,
    tokens: credentials.tokens,
    directory,
    kubectlFile: parts.programs.kubectl.file,
    adminKubeconfigPath: await writeKubeconfig({ token }),
    etcdPid: etcd.pid,
    get apiServerPid() {
      return server.process?.pid ?? null;
    },
    kubeconfigFor: async (who) =>
      await writeKubeconfig('token' in who ? who : await issueLeaf(authority, who.user, [])),
    killApiServer,
    restartApiServer: async () => {
      await killApiServer();
      server.process = await server.start(stopped.signal);
    },
    stop: async () => {
      stopped.abort(new Error('the control plane was stopped'));
      // Asked, it would wait for its watches to end; all it knows is in etcd.
      await killApiServer();
      await etcd.end('SIGTERM', ETCD_GRACE_MS);
      await parts.removeOurs();
    },
  };
}

async function startEtcd(parts: {
  readonly directory: string;
  readonly socket: string;
  readonly programs: ControlPlanePrograms;
  readonly signal: AbortSignal;
}): Promise<KubeProcess> {
  const { directory, socket, signal } = parts;
  const dataDir = join(directory, 'etcd');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // One that was killed leaves its socket, and the next could not listen.
  await rm(socket, { force: true });
  const etcd = await startProcess({
    name: 'etcd',
    file: parts.programs.etcd.file,
    args: etcdArguments({ dataDir, socket }),
    logFile: join(directory, 'etcd.log'),
  });
  await readyOrEnded(etcd, () => isEtcdHealthy(socket), signal);
  return etcd;
}

async function startApiServer(parts: {
  readonly directory: string;
  readonly socket: string;
  readonly programs: ControlPlanePrograms;
  readonly credentials: Credentials;
  readonly options: ControlPlaneOptions;
}): Promise<Server> {
  const { directory, credentials, options } = parts;
  const port = await freePort();
  const url = `https://${LOOPBACK}:${port}`;
  const { files, authority, adminToken: token } = credentials;
  const args = apiServerArguments({ files, etcdSocket: parts.socket, port });
  const start = async (signal: AbortSignal) => {
    const started = await startProcess({
      name: 'kube-apiserver',
      file: parts.programs['kube-apiserver'].file,
      args: [...args, ...(options.apiServerArgs ?? [])],
      logFile: join(directory, 'kube-apiserver.log'),
    });
    const caPem = authority.certificate;
    await readyOrEnded(started, () => isApiServerReady({ url, caPem, token }), signal);
    return started;
  };
  return { url, start, process: await start(options.signal) };
}

/** Waits until the program is ready; one that does not get there is ended. */
async function readyOrEnded(
  started: KubeProcess,
  isReady: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await started.waitUntil(isReady, READY_WITHIN_MS, signal);
  } catch (error) {
    await started.end('SIGKILL');
    throw error;
  }
}

function socketIn(directory: string): string {
  const path = join(directory, 'etcd.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES) return path;
  throw new Error(`${path} is too long for a socket: choose a dataDir with a shorter path`);
}

/**
 * A free port below the ones that the kernel gives to connections: while the API server is down, one of
 * its clients' own connections could take its port, or even connect to itself.
 */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORT_TRIES; tries += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ host: LOOPBACK, port, exclusive: true }, () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error(`no free port found from ${FIRST_PORT} to ${LAST_PORT}`);
}
