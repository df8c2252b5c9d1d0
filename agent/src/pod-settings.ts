/** Reads what an agent in a pod is told: the cluster's file, the mounted Secrets, the pod's own fields. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClusterConfig, parseClusterConfig } from '@radondb/api/cluster-config';
import type { AgentConfig, AgentCredentials } from './agent-config.ts';
import { type PodPlace, podAgentConfig, podMyCnf } from './pod-config.ts';

/** How this pod reaches the Kubernetes API, for its role label. */
export interface PodIdentity {
  readonly namespace: string;
  readonly apiServer: { readonly host: string; readonly port: number };
  /** Folder with `token` and `ca.crt` of the service account. */
  readonly serviceAccountFolder: string;
}

export interface PodSettings {
  readonly config: AgentConfig;
  readonly credentials: AgentCredentials;
  /** To be written to `config.mysqld.configFile` before mysqld starts. */
  readonly myCnf: string;
  readonly cluster: ClusterConfig;
  readonly place: PodPlace;
  /** Null where there is no Kubernetes API: nobody routes by labels there. */
  readonly identity: PodIdentity | null;
}

const FOLDERS = {
  directory: ['RADONDB_DATA_DIR', '/var/lib/radondb'],
  tlsFolder: ['RADONDB_TLS_DIR', '/etc/radondb/tls'],
  internalFolder: ['RADONDB_INTERNAL_DIR', '/etc/radondb/internal'],
  credentialsFolder: ['RADONDB_CREDENTIALS_DIR', '/etc/radondb/credentials'],
} as const;
const ACCOUNTS = { agent: 'radondb_agent', replication: 'radondb_replication' } as const;
const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * @param clusterFile the path of `cluster.json`
 * @throws Error naming the file or variable and everything that is wrong with it
 */
export async function readPodSettings(
  clusterFile: string,
  env: NodeJS.ProcessEnv,
): Promise<PodSettings> {
  const place = podPlace(env);
  const cluster = await readClusterConfig(clusterFile);
  try {
    return {
      config: podAgentConfig(cluster, place),
      credentials: await readCredentials(place),
      myCnf: podMyCnf(cluster, place),
      ...{ cluster, place },
      identity: podIdentity(env),
    };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Error(`${clusterFile}: ${cause.message}`, { cause });
  }
}

/** @throws Error naming every variable that is wrong. */
export function podPlace(env: NodeJS.ProcessEnv): PodPlace {
  const problems: string[] = [];
  const member = env['RADONDB_MEMBER'] ?? '';
  if (member === '') problems.push("RADONDB_MEMBER is not set: give it the pod's name");
  const mysqldArgs = jsonOf(env, 'RADONDB_MYSQLD_ARGS', '[]', isTexts, problems);
  const addresses = jsonOf(env, 'RADONDB_ADDRESSES', '{}', isTextMap, problems);
  if (problems.length > 0 || mysqldArgs === null || addresses === null)
    throw new Error(problems.join('; '));
  const folder = (name: keyof typeof FOLDERS): string => env[FOLDERS[name][0]] ?? FOLDERS[name][1];
  return {
    member,
    directory: folder('directory'),
    tlsFolder: folder('tlsFolder'),
    internalFolder: folder('internalFolder'),
    credentialsFolder: folder('credentialsFolder'),
    mysqld: env['RADONDB_MYSQLD'] ?? 'mysqld',
    mysqldArgs,
    listenHost: env['RADONDB_LISTEN_HOST'] ?? '0.0.0.0',
    loopbackHost: env['RADONDB_LOOPBACK_HOST'] ?? '127.0.0.1',
    addresses,
  };
}

function podIdentity(env: NodeJS.ProcessEnv): PodIdentity | null {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const namespace = env['RADONDB_NAMESPACE'];
  if (host === undefined || host === '' || namespace === undefined) return null;
  const port = Number(env['KUBERNETES_SERVICE_PORT'] ?? '443');
  return {
    namespace,
    apiServer: { host, port },
    serviceAccountFolder: env['RADONDB_SERVICE_ACCOUNT_DIR'] ?? SERVICE_ACCOUNT_FOLDER,
  };
}

async function readClusterConfig(path: string): Promise<ClusterConfig> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause });
  }
  try {
    return parseClusterConfig(value);
  } catch (cause) {
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

async function readCredentials(place: PodPlace): Promise<AgentCredentials> {
  const file = (folder: string, name: string): Promise<string> => readText(join(folder, name));
  const [agent, replication, user, password, database] = await Promise.all([
    file(place.internalFolder, 'agent'),
    file(place.internalFolder, 'replication'),
    file(place.credentialsFolder, 'username'),
    file(place.credentialsFolder, 'password'),
    file(place.credentialsFolder, 'database'),
  ]);
  return {
    agent: { user: ACCOUNTS.agent, password: agent },
    replication: { user: ACCOUNTS.replication, password: replication },
    application: { user, password, database: database === '' ? null : database },
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read ${path}`, { cause });
  }
}

function jsonOf<T>(
  env: NodeJS.ProcessEnv,
  name: string,
  fallback: string,
  is: (value: unknown) => value is T,
  problems: string[],
): T | null {
  try {
    const value: unknown = JSON.parse(env[name] ?? fallback);
    if (is(value)) return value;
  } catch {
    // Told below, as any other wrong value.
  }
  problems.push(`${name} must be JSON like ${fallback}, with strings in it`);
  return null;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((it) => typeof it === 'string');
}

function isTextMap(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    isTexts(Object.values(value))
  );
}
