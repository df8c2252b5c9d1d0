/** Opens the member's raft node: its log in `raft/`, its network with the cluster's certificates, the cluster log as state machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Raft, type StateMachine } from '@radondb/raft';
import { FileLog, TcpTransport } from '@radondb/raft/node';
import type { AgentConfig } from '../agent-config.ts';

/** @throws FileLogError (names file and offset), ConfigError of raft, or the system's error when the port is taken. */
export async function openRaft(config: AgentConfig, stateMachine: StateMachine): Promise<Raft> {
  const log = await FileLog.open({
    directory: join(config.directory, 'raft'),
    clusterId: config.clusterId,
    nodeId: config.raftId,
  });
  const transport = await TcpTransport.listen({
    host: config.listen.raft.host,
    port: config.listen.raft.port,
    ...advertised(config),
    tls: {
      key: readFileSync(config.tls.keyFile),
      cert: readFileSync(config.tls.certFile),
      ca: readFileSync(config.tls.caFile),
      checkPeer: (nodeId, certificate) => {
        const peer = config.peers.find((p) => p.raftId === nodeId);
        const name = certificate.subject.CN;
        if (peer !== undefined && name === `member/${peer.name}`) return undefined;
        return new Error(`certificate of ${String(name)} may not speak for node ${nodeId}`);
      },
    },
  });
  const members = config.peers.map((p) => ({
    id: p.raftId,
    address: `${p.host}:${p.raftPort}`,
    context: p.name,
  }));
  return await Raft.open({
    id: config.raftId,
    clusterId: config.clusterId,
    log,
    transport,
    stateMachine,
    ...(config.bootstrap ? { bootstrap: { members } } : {}),
    config: {
      heartbeatIntervalMs: config.times.heartbeatMs,
      electionTimeoutMs: [config.times.electionTimeoutMinMs, config.times.electionTimeoutMaxMs],
      snapshotEveryEntries: 1_000,
      keepEntries: 200,
    },
  });
}

/** A pod listens on every address: its peers know it by its name. */
function advertised({ peers, member }: AgentConfig): { advertise?: string } {
  const me = peers.find((p) => p.name === member);
  return me === undefined ? {} : { advertise: `${me.host}:${me.raftPort}` };
}
