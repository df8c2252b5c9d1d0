import { mkdir } from 'node:fs/promises';
import type { AgentConfig } from '@radondb/agent/agent-config';
import {
  applyDefaults,
  type MysqlCluster,
  memberNames,
  parseDurationMs,
  renderMyCnf,
} from '@radondb/api';
import type { MysqlInstallation } from '@radondb/scripts';
import { stringify } from 'yaml';
import { type BoxLayout, clusterLayout, memberLayout } from '../data-folder/layout.ts';
import { MachineError } from '../errors.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import type { Pki } from '../pki/pki.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import { pickClusterPorts } from '../ports/port-plan.ts';
import { agentConfig, portsOf } from './agent-config.ts';
import { clientCnf } from './client-cnf.ts';
import {
  type ClusterState,
  newClusterState,
  readClusterState,
  writeClusterState,
} from './cluster-state.ts';
import { keepCredentials } from './credentials.ts';

/** What every cluster of a box shares. */
export interface Surroundings {
  readonly layout: BoxLayout;
  readonly pki: Pki;
  readonly mysqld: MysqlInstallation;
  /** Path of setpriv; null where there is none. */
  readonly setpriv: string | null;
}

/** Reads what a cluster keeps, or makes it: its id, its members' names, its ports. */
export async function keepClusterState(
  layout: BoxLayout,
  cluster: MysqlCluster,
  takenPorts: ReadonlySet<number>,
): Promise<ClusterState> {
  const files = clusterLayout(layout, cluster.metadata.name);
  const kept = await readClusterState(files.stateFile);
  if (kept !== null) return kept;
  const { replicas } = applyDefaults(cluster).spec;
  const members = memberNames(cluster, replicas);
  const state = newClusterState(members, await pickClusterPorts(members, takenPorts));
  await mkdir(files.root, { recursive: true, mode: 0o700 });
  await writeClusterState(files.stateFile, state);
  return state;
}

/** Writes everything that the agents of a cluster read. Repeating it changes nothing that is kept. */
export async function writeClusterFiles(
  surroundings: Surroundings,
  cluster: MysqlCluster,
  state: ClusterState,
): Promise<ReadonlyMap<string, AgentConfig>> {
  const { name } = cluster.metadata;
  const files = clusterLayout(surroundings.layout, name);
  await writeFileAtomic(files.specFile, stringify(cluster));
  const { application } = await keepCredentials(files.credentialsFile);
  const client = clientCnf({
    ...application,
    host: LOOPBACK,
    port: state.ports.primary,
    caFile: (await surroundings.pki.operator()).caFile,
  });
  await writeFileAtomic(files.clientFile, client, { mode: 0o600 });
  const configs = new Map<string, AgentConfig>();
  for (const member of state.members) {
    configs.set(member, await writeMemberFiles(surroundings, cluster, state, member));
  }
  return configs;
}

async function writeMemberFiles(
  surroundings: Surroundings,
  cluster: MysqlCluster,
  state: ClusterState,
  member: string,
): Promise<AgentConfig> {
  const { name } = cluster.metadata;
  const { mysqld } = surroundings;
  const files = clusterLayout(surroundings.layout, name);
  const layout = memberLayout(files, member);
  const { failover } = applyDefaults(cluster).spec.ha;
  await mkdir(layout.root, { recursive: true, mode: 0o700 });
  const config = agentConfig({
    cluster: name,
    state,
    member,
    layout,
    tls: await surroundings.pki.member(member),
    mysqld: { command: mysqld.mysqld, serverArgs: mysqld.serverArgs },
    setpriv: surroundings.setpriv,
    credentialsFile: files.credentialsFile,
    failover: { enabled: failover.enabled, delayMs: parseDurationMs(failover.delay) },
  });
  await writeFileAtomic(layout.myCnfFile, myCnf(cluster, state, member, config));
  await writeFileAtomic(layout.agentConfigFile, `${JSON.stringify(config, null, 2)}\n`);
  return config;
}

function myCnf(
  cluster: MysqlCluster,
  state: ClusterState,
  member: string,
  config: AgentConfig,
): string {
  const ports = portsOf(state, member);
  try {
    return renderMyCnf({
      spec: applyDefaults(cluster).spec,
      serverId: config.mysqld.serverId,
      ports: {
        mysql: ports.mysql,
        mysqlHost: LOOPBACK,
        admin: ports.admin,
        adminHost: LOOPBACK,
      },
      dataDir: `${config.directory}/mysql`,
      tls: config.tls,
      logFile: null,
    });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MachineError(
      `The data folder's path cannot be used: ${cause.message}. Choose another with --data.`,
      { cause },
    );
  }
}
