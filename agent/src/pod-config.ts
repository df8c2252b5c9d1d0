/** What an agent in a pod is told: the cluster's file, the same for all members, and what only this pod knows. Pure. */
import { join } from 'node:path';
import { DEFAULT_MYSQL_CLUSTER_SPEC, renderMyCnf } from '@radondb/api';
import type { ClusterConfig, ClusterConfigMember } from '@radondb/api/cluster-config';
import { type AgentConfig, HA_TIMES, type PeerConfig } from './agent-config.ts';

/** What differs from pod to pod, and where things are mounted. */
export interface PodPlace {
  /** Pod name, such as `demo-0`; from the downward API. */
  readonly member: string;
  /** The member's volume. */
  readonly directory: string;
  /** Folder with `ca.crt` and, for each member, `NAME.crt` and `NAME.key`. */
  readonly tlsFolder: string;
  /** Folder with `agent` and `replication`: the passwords of the internal accounts. */
  readonly internalFolder: string;
  /** Folder with `username`, `password` and `database` of the application's account. */
  readonly credentialsFolder: string;
  /** Path of mysqld, or its name on the PATH. */
  readonly mysqld: string;
  /** Arguments that this installation of mysqld needs at every start. */
  readonly mysqldArgs: readonly string[];
  /** Address of the listeners that others connect to. */
  readonly listenHost: string;
  /** Address of mysqld's admin interface: nobody else reaches it. */
  readonly loopbackHost: string;
  /** Member → address, where cluster DNS does not give one; else the names in the cluster's file are used. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** @throws RangeError when the cluster's file does not name the member. */
export function podAgentConfig(cluster: ClusterConfig, place: PodPlace): AgentConfig {
  const me = memberOf(cluster, place.member);
  const { ports } = cluster;
  const at = (port: number) => ({ host: place.listenHost, port });
  return {
    clusterId: cluster.clusterId,
    clusterName: cluster.clusterName,
    member: me.name,
    raftId: me.raftId,
    directory: place.directory,
    bootstrap: cluster.bootstrap,
    peers: cluster.members.map((member) => peerOf(member, cluster, place)),
    listen: {
      raft: at(ports.raft),
      api: at(ports.api),
      mysql: at(ports.mysql),
      admin: { host: place.loopbackHost, port: ports.admin },
      primaryProxy: at(ports.primaryProxy),
      replicasProxy: at(ports.replicasProxy),
      metrics: at(ports.metrics),
    },
    tls: tlsOf(place),
    mysqld: {
      command: { file: place.mysqld, args: [] },
      serverArgs: place.mysqldArgs,
      configFile: join(place.directory, 'my.cnf'),
      serverId: me.serverId,
      // The agent is PID 1: when it ends, the kernel ends everything in the container.
      setpriv: null,
    },
    credentialsFile: place.internalFolder,
    failover: cluster.failover,
    times: HA_TIMES,
  };
}

/** The member's my.cnf. @throws UnsafeConfigError, RangeError: see `renderMyCnf`. */
export function podMyCnf(cluster: ClusterConfig, place: PodPlace): string {
  const { serverId } = memberOf(cluster, place.member);
  const { version, config, memoryBytes } = cluster.mysql;
  return renderMyCnf({
    spec: {
      ...DEFAULT_MYSQL_CLUSTER_SPEC,
      mysql: { ...DEFAULT_MYSQL_CLUSTER_SPEC.mysql, version, config },
      ha: { ...DEFAULT_MYSQL_CLUSTER_SPEC.ha, durability: cluster.durability },
    },
    serverId,
    ports: {
      mysql: cluster.ports.mysql,
      mysqlHost: place.listenHost,
      admin: cluster.ports.admin,
      adminHost: place.loopbackHost,
    },
    reportHost: hostOf(memberOf(cluster, place.member), place),
    dataDir: join(place.directory, 'mysql'),
    tls: tlsOf(place),
    logFile: null,
    ...(memoryBytes === null ? {} : { resources: { memoryBytes } }),
  });
}

function memberOf(cluster: ClusterConfig, name: string): ClusterConfigMember {
  const member = cluster.members.find((it) => it.name === name);
  if (member !== undefined) return member;
  const names = cluster.members.map((it) => it.name).join(', ');
  throw new RangeError(
    `it does not name this member, ${name} (RADONDB_MEMBER): the members of ${cluster.clusterName} are ${names}`,
  );
}

function peerOf(member: ClusterConfigMember, cluster: ClusterConfig, place: PodPlace): PeerConfig {
  const { raft, api, mysql } = cluster.ports;
  return {
    name: member.name,
    raftId: member.raftId,
    host: hostOf(member, place),
    raftPort: raft,
    apiPort: api,
    mysqlPort: mysql,
    priority: 0,
  };
}

function hostOf(member: ClusterConfigMember, place: PodPlace): string {
  return Object.hasOwn(place.addresses, member.name)
    ? (place.addresses[member.name] ?? member.host)
    : member.host;
}

function tlsOf({ tlsFolder, member }: PodPlace): AgentConfig['tls'] {
  return {
    caFile: join(tlsFolder, 'ca.crt'),
    certFile: join(tlsFolder, `${member}.crt`),
    keyFile: join(tlsFolder, `${member}.key`),
  };
}
