import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where things stand below the data folder. */
export interface BoxLayout {
  readonly root: string;
  /** Format version: what makes the folder ours. */
  readonly boxFile: string;
  /** Who runs it now. */
  readonly lockFile: string;
  /** Bundled programs. */
  readonly programs: string;
  /** The Kubernetes API's own folder. */
  readonly api: string;
  /** An administrator's way into the API: for kubectl. */
  readonly kubeconfig: string;
  /** Folders that stand for images, pods, volumes that belong to no cluster, service accounts. */
  readonly node: string;
  /** Addresses of pods and Services. */
  readonly addressesFile: string;
  readonly clusters: string;
  readonly logs: string;
  /** What a detached box prints. */
  readonly boxLog: string;
  readonly controlPlaneLog: string;
  /** How to reach the running box: `{address, token}`. */
  readonly controlFile: string;
  readonly controlSocket: string;
}

export interface ClusterLayout {
  readonly root: string;
  /** The cluster as the file of `radondb up` said it last. */
  readonly specFile: string;
  readonly stateFile: string;
  readonly credentialsFile: string;
  /** A my.cnf for mysql clients: host, port, account. */
  readonly clientFile: string;
  /** What the servers' certificates can be checked with. */
  readonly caFile: string;
  /** The last status that the box saw: what `status` shows when nothing runs. */
  readonly lastStatusFile: string;
  readonly failoversFile: string;
  readonly members: string;
}

export interface MemberLayout {
  /** The member's volume. */
  readonly root: string;
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
    programs: join(root, 'programs'),
    api: join(root, 'api'),
    kubeconfig: join(root, 'kubeconfig'),
    node: join(root, 'node'),
    addressesFile: join(root, 'addresses.json'),
    clusters: join(root, 'clusters'),
    logs: join(root, 'logs'),
    boxLog: join(root, 'logs/box.log'),
    controlPlaneLog: join(root, 'logs/control-plane.log'),
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
    caFile: join(root, 'ca.crt'),
    lastStatusFile: join(root, 'last-status.json'),
    failoversFile: join(root, 'failovers.jsonl'),
    members: join(root, 'members'),
  };
}

export function memberLayout(cluster: ClusterLayout, member: string): MemberLayout {
  const root = join(cluster.members, member);
  return {
    root,
    agentLog: join(root, 'logs/agent.log'),
    mysqldLog: join(root, 'logs/mysqld.log'),
    fatalFile: join(root, 'agent/fatal.json'),
  };
}
