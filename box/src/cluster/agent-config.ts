import {
  type AgentConfig,
  type CommandSpec,
  HA_TIMES,
  type PeerConfig,
} from '@radondb/agent/agent-config';
import type { MemberLayout } from '../data-folder/layout.ts';
import type { TlsFiles } from '../pki/pki.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import type { MemberPorts } from '../ports/port-plan.ts';
import type { ClusterState } from './cluster-state.ts';

/** Everything that one member's agent is told, from what the cluster keeps and this machine has. */
export function agentConfig(options: {
  readonly cluster: string;
  readonly state: ClusterState;
  readonly member: string;
  readonly layout: MemberLayout;
  readonly tls: TlsFiles;
  readonly mysqld: { readonly command: CommandSpec; readonly serverArgs: readonly string[] };
  readonly setpriv: string | null;
  readonly credentialsFile: string;
  readonly failover: AgentConfig['failover'];
}): AgentConfig {
  const { state, member } = options;
  const ordinal = state.members.indexOf(member);
  const ports = portsOf(state, member);
  const at = (port: number) => ({ host: LOOPBACK, port });
  return {
    clusterId: state.clusterId,
    clusterName: options.cluster,
    member,
    raftId: ordinal + 1,
    directory: options.layout.root,
    bootstrap: !state.everOpen,
    peers: state.members.map((name, index) => peerConfig(state, name, index)),
    listen: {
      raft: at(ports.raft),
      api: at(ports.api),
      mysql: at(ports.mysql),
      admin: at(ports.admin),
      primaryProxy: at(ports.primaryProxy),
      replicasProxy: at(ports.replicasProxy),
      metrics: at(ports.metrics),
    },
    tls: options.tls,
    mysqld: {
      command: options.mysqld.command,
      serverArgs: options.mysqld.serverArgs,
      configFile: options.layout.myCnfFile,
      serverId: state.serverIdBase + ordinal,
      setpriv: options.setpriv,
    },
    credentialsFile: options.credentialsFile,
    failover: options.failover,
    times: HA_TIMES,
  };
}

/** @throws Error when the state does not know the member: it is checked when it is read. */
export function portsOf(state: ClusterState, member: string): MemberPorts {
  const ports = state.ports.members[member];
  if (ports === undefined) throw new Error(`no ports are kept for ${member}`);
  return ports;
}

function peerConfig(state: ClusterState, name: string, ordinal: number): PeerConfig {
  const { raft, api, mysql } = portsOf(state, name);
  return {
    name,
    raftId: ordinal + 1,
    host: LOOPBACK,
    raftPort: raft,
    apiPort: api,
    mysqlPort: mysql,
    priority: 0,
  };
}
