/** The only reader of the agent's environment and arguments. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type AgentConfig, type AgentCredentials, HA_TIMES } from './agent-config.ts';
import { type PodSettings, readPodSettings } from './pod-settings.ts';

/** The agent was started with something that it cannot work with. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG';
}

export interface Settings {
  readonly config: AgentConfig;
  readonly credentials: AgentCredentials;
  readonly logLevel: string;
  /** Only in a pod: what the agent prepares itself, since all members read the same ConfigMap. */
  readonly pod: Omit<PodSettings, 'config' | 'credentials'> | null;
}

/**
 * `--config FILE`: one member's whole configuration. `--cluster-config FILE`: the cluster's, for the member that RADONDB_MEMBER names.
 * @throws ConfigError naming the file and everything that is missing.
 */
export async function readSettings(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Settings> {
  const { values } = parseArgs({
    args: [...argv],
    options: { config: { type: 'string' }, 'cluster-config': { type: 'string' } },
  });
  const logLevel = env['RADONDB_LOG_LEVEL'] ?? 'info';
  const clusterFile = values['cluster-config'];
  if (clusterFile !== undefined) return await podSettings(clusterFile, env, logLevel);
  const path = values.config ?? env['RADONDB_AGENT_CONFIG'];
  if (path === undefined)
    throw new ConfigError(
      'no configuration: give --config FILE or --cluster-config FILE, or set RADONDB_AGENT_CONFIG',
    );
  const given = (await readJson(path)) as AgentConfig;
  const problems = configProblems(given);
  if (problems.length > 0) throw new ConfigError(`${path}: ${problems.join('; ')}`);
  const config: AgentConfig = { ...given, times: { ...HA_TIMES, ...given.times } };
  const credentials = (await readJson(config.credentialsFile)) as AgentCredentials;
  const missing = (['agent', 'replication', 'application'] as const).filter(
    (k) => typeof credentials[k]?.password !== 'string',
  );
  if (missing.length > 0)
    throw new ConfigError(`${config.credentialsFile}: no password for ${missing.join(', ')}`);
  return { config, credentials, logLevel, pod: null };
}

async function podSettings(
  clusterFile: string,
  env: NodeJS.ProcessEnv,
  logLevel: string,
): Promise<Settings> {
  try {
    const { config, credentials, ...pod } = await readPodSettings(clusterFile, env);
    return { config, credentials, logLevel, pod };
  } catch (cause) {
    throw new ConfigError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function configProblems(config: Partial<AgentConfig>): readonly string[] {
  const problems: string[] = [];
  for (const key of [
    'clusterId',
    'clusterName',
    'member',
    'directory',
    'credentialsFile',
  ] as const) {
    if (typeof config[key] !== 'string' || config[key] === '') problems.push(`${key} is missing`);
  }
  for (const key of ['peers', 'listen', 'tls', 'mysqld', 'failover'] as const) {
    if (typeof config[key] !== 'object' || config[key] === null) problems.push(`${key} is missing`);
  }
  const me = config.peers?.find((p) => p.name === config.member);
  if (config.peers !== undefined && me === undefined)
    problems.push(`peers does not name this member, ${config.member}`);
  if (me !== undefined && me.raftId !== config.raftId)
    problems.push(
      `raftId ${config.raftId} is not the one that peers gives ${me.name}: ${me.raftId}`,
    );
  const ids = config.peers?.map((p) => p.raftId) ?? [];
  if (new Set(ids).size !== ids.length) problems.push('two peers have the same raftId');
  return problems;
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(`cannot read ${path}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${path} is not JSON`, { cause });
  }
}
