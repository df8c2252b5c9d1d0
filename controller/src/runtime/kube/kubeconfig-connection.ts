/**
 * A connection from a kubeconfig or from the pod's service account. client-node does what is its own: contexts, exec
 * plugins, OIDC, token files, proxies. Its typed clients drop fields they do not know, and its informer stops for good on a
 * 5xx: neither is used.
 */
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Credentials, KubeConnection, TlsMaterial } from './connection.ts';

export type KubeconfigSource =
  | { readonly kind: 'file'; readonly path: string; readonly context?: string }
  | { readonly kind: 'text'; readonly text: string; readonly context?: string }
  /** The service account that Kubernetes mounts into the pod. */
  | { readonly kind: 'in-cluster' };

/** How long credentials are used before they are looked up again. A rotated token stays valid for longer than this. Milliseconds. */
const CREDENTIALS_LIVE_MS = 30_000;

/** @throws Error that names the file or the context and what is missing in it */
export async function connectByKubeconfig(
  source: KubeconfigSource,
  now: () => number = () => performance.now(),
): Promise<KubeConnection> {
  const text = await textOf(source);
  let config = load(source, text);
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new Error(
      `${describe(source)}: context ${config.getCurrentContext()} does not exist or names no cluster`,
    );
  // client-node would say so at each request.
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify)
    throw new Error(
      `${describe(source)}: cluster ${cluster.name}: server is http, which needs insecure-skip-tls-verify: true`,
    );
  let cached: { readonly at: number; readonly value: Promise<Credentials> } | null = null;
  return {
    server: new URL(cluster.server),
    credentials() {
      if (cached === null || now() - cached.at >= CREDENTIALS_LIVE_MS) {
        const value = credentialsOf(config);
        cached = { at: now(), value };
        // A failed look-up must not be served for half a minute.
        value.catch(() => {
          if (cached?.value === value) cached = null;
        });
      }
      return cached.value;
    },
    refresh() {
      cached = null;
      // A new one, because the authenticators of client-node cache too, by the wall clock.
      config = load(source, text);
    },
  };
}

async function textOf(source: KubeconfigSource): Promise<string> {
  switch (source.kind) {
    case 'file':
      return await readFile(source.path, 'utf8');
    case 'text':
      return source.text;
    case 'in-cluster':
      return '';
  }
}

function load(source: KubeconfigSource, text: string): KubeConfig {
  const config = new KubeConfig();
  if (source.kind === 'in-cluster') {
    config.loadFromCluster();
    return config;
  }
  try {
    config.loadFromString(text);
  } catch (error) {
    throw new Error(`${describe(source)} is not a kubeconfig`, { cause: error });
  }
  if (source.kind === 'file') config.makePathsAbsolute(directoryOf(source.path));
  if (source.context !== undefined) config.setCurrentContext(source.context);
  return config;
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, Math.max(1, slash));
}

function describe(source: KubeconfigSource): string {
  switch (source.kind) {
    case 'file':
      return `kubeconfig ${source.path}`;
    case 'text':
      return 'the given kubeconfig';
    case 'in-cluster':
      return 'the service account of this pod';
  }
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  if (typeof options.auth === 'string' && headers['authorization'] === undefined)
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const usesProxy = Boolean(config.getCurrentCluster()?.proxyUrl);
  return {
    headers,
    tls: tlsOf(options),
    ...(usesProxy && typeof options.agent === 'object' ? { proxyAgent: options.agent } : {}),
  };
}

function tlsOf(options: RequestOptions): TlsMaterial {
  const { rejectUnauthorized, servername } = options;
  const ca = pem(options.ca);
  const cert = pem(options.cert);
  const key = pem(options.key);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}

function pem(value: unknown): string | Buffer | undefined {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined;
}
