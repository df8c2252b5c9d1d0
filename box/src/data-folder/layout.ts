import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where things stand below the data folder. */
export interface BoxLayout {
  readonly root: string;
  /** Format version: what makes the folder ours. */
  readonly boxFile: string;
  /** Who runs it now. */
  readonly lockFile: string;
  readonly pki: string;
  /** The agent's program, bundled. */
  readonly agentProgram: string;
  readonly clusters: string;
  readonly logs: string;
  /** What a detached box prints. */
  readonly boxLog: string;
  /** How to reach the running box: `{address, token}`. */
  readonly controlFile: string;
  readonly controlSocket: string;
}

export interface ClusterLayout {
  readonly root: string;
  /** The spec as it was applied. */
  readonly specFile: string;
  readonly stateFile: string;
  readonly credentialsFile: string;
  /** A my.cnf for mysql clients: host, port, account. */
  readonly clientFile: string;
  /** The last status that the box saw: what `status` shows when nothing runs. */
  readonly lastStatusFile: string;
  readonly failoversFile: string;
  readonly members: string;
}

export interface MemberLayout {
  /** AgentConfig.directory. */
  readonly root: string;
  readonly agentConfigFile: string;
  readonly myCnfFile: string;
  readonly agentLog: string;
  /** What mysqld prints. */
  readonly mysqldLog: string;
  /** Written by an agent that must not be started again before a person has looked. */
  readonly fatalFile: string;
}

/** Where clusters live when neither `--data` nor RADONDB_DATA says otherwise; never inside the repository. */
export function defaultDataFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_DATA_HOME'] || join(env['HOME'] || homedir(), '.local/share');
  return join(base, 'radondb-mysql');
}

export function boxLayout(dataFolder: string): BoxLayout {
  const root = resolve(dataFolder);
  return {
    root,
    boxFile: join(root, 'box.json'),
    lockFile: join(root, 'lock'),
    pki: join(root, 'pki'),
    agentProgram: join(root, 'agent.mjs'),
    clusters: join(root, 'clusters'),
    logs: join(root, 'logs'),
    boxLog: join(root, 'logs/box.log'),
    controlFile: join(root, 'control.json'),
    controlSocket: join(root, 'control.sock'),
  };
}

export function clusterLayout(box: BoxLayout, cluster: string): ClusterLayout {
  const root = join(box.clusters, cluster);
  return {
    root,
    specFile: join(root, 'cluster.yaml'),
    stateFile: join(root, 'state.json'),
    credentialsFile: join(root, 'credentials.json'),
    clientFile: join(root, 'client.cnf'),
    lastStatusFile: join(root, 'last-status.json'),
    failoversFile: join(root, 'failovers.jsonl'),
    members: join(root, 'members'),
  };
}

export function memberLayout(cluster: ClusterLayout, member: string): MemberLayout {
  const root = join(cluster.members, member);
  return {
    root,
    agentConfigFile: join(root, 'agent.json'),
    myCnfFile: join(root, 'my.cnf'),
    agentLog: join(root, 'logs/agent.log'),
    mysqldLog: join(root, 'logs/mysqld.log'),
    fatalFile: join(root, 'agent/fatal.json'),
  };
}
