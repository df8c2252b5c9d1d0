/** What the steps of a member share: its ports, and the little that it remembers between two steps. */
import type { Finding } from '@radondb/api';
import type { MemberFile } from '../adapters/member-file.ts';
import type { AgentConfig, AgentCredentials, PeerConfig } from '../agent-config.ts';
import type { Cluster } from '../cluster.ts';
import type { Primaryship } from '../core/cluster-log.ts';
import type { Lease } from '../lease.ts';
import type {
  Clock,
  Logger,
  MysqldServer,
  MysqlObservation,
  Peers,
  ReplicationSource,
} from '../ports.ts';

export interface MemberContext {
  readonly config: AgentConfig;
  readonly credentials: AgentCredentials;
  readonly server: MysqldServer;
  readonly file: MemberFile;
  readonly cluster: Cluster;
  readonly lease: Lease;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Logger;
  readonly memory: MemberMemory;
}

/** Valid for one start of mysqld: `generation` says which. */
export interface ForThisStart {
  readonly epoch: number;
  readonly generation: number;
}

export interface PreparedEpoch extends ForThisStart {
  readonly barrier: string;
  readonly steps: readonly TimedStep[];
  /** Rpl_semi_sync_source_no_tx when semi-sync was switched on for this epoch. */
  readonly unacknowledgedBefore: number;
}

/** Lost with the agent, on purpose: after a restart everything is found out anew. */
export class MemberMemory {
  hasData = false;
  prepared: PreparedEpoch | null = null;
  serving: ForThisStart | null = null;
  following: ForThisStart | null = null;
  /** Clients may read here. */
  readable: ForThisStart | null = null;
  refused: { readonly epoch: number; readonly why: string } | null = null;
  reseed: string | null = null;
  /** A switchover shut clients out here and proved that no commit is in doubt: the server needs no SIGKILL (ha.md, "Switchover"). */
  handover: ForThisStart | null = null;
  /** A statement that changes replication may still take effect: only a SIGKILL makes this member's promise true. */
  uncertain = false;
  errant: string | null = null;
  observation: MysqlObservation | null = null;
  hung = false;
  startFailure: string | null = null;
  cloneProgress: string | null = null;
  readonly findings = new Map<string, Finding>();
}

export interface TimedStep {
  readonly name: string;
  /** Unix milliseconds. */
  readonly atMs: number;
}

export function holdsNow(marked: ForThisStart | null, context: MemberContext): number | null {
  const { server } = context;
  return marked !== null && server.state === 'up' && marked.generation === server.generation
    ? marked.epoch
    : null;
}

export function peerNamed(context: MemberContext, name: string): PeerConfig {
  const peer = context.config.peers.find((p) => p.name === name);
  if (peer === undefined) throw new Error(`the configuration names no member ${name}`);
  return peer;
}

export function sourceOf(context: MemberContext, primaryship: Primaryship): ReplicationSource {
  const peer = peerNamed(context, primaryship.primary);
  return {
    host: peer.host,
    port: peer.mysqlPort,
    user: context.credentials.replication.user,
    password: context.credentials.replication.password,
    caFile: context.config.tls.caFile,
  };
}

/** Only voters acknowledge (I2), and never because of an older voter set than one acted on (I12). */
export function mayAcknowledge(context: MemberContext): boolean {
  const { config } = context.cluster.state;
  return (
    config.voters.includes(context.config.member) &&
    config.version >= context.file.record.configVersion
  );
}

export function report(context: MemberContext, finding: Finding): void {
  const known = context.memory.findings.get(finding.type);
  if (known?.reason === finding.reason && known.status === finding.status) return;
  context.memory.findings.set(finding.type, finding);
  context.log.warn({ reason: finding.reason, detail: finding.message }, 'finding');
}

export function settle(context: MemberContext, type: string): void {
  context.memory.findings.delete(type);
}

/** Starts mysqld closed; from here on a reboot may cost unsynced writes again (I8). @throws MysqldStartError */
export async function startServer(context: MemberContext, signal: AbortSignal): Promise<void> {
  const { server, file, memory } = context;
  // `hadData` again: the agent may have died between an initialise or clone and saying so.
  if (file.record.stoppedAndSynced || !file.record.hadData)
    await file.update({ stoppedAndSynced: false, hadData: true });
  await server.start(signal);
  memory.startFailure = null;
  settle(context, 'MysqldStarts');
}
