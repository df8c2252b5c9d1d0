/** What a member says of itself: the short health for its peers, the whole report for people and the controller. */
import {
  formatGtidSet,
  type MemberHealth,
  type MemberReport,
  type MysqlReport,
  type Route,
} from '@radondb/api';
import { type ClusterState, currentPrimaryship } from '../core/cluster-log.ts';
import type { MysqlObservation, RaftStatus } from '../ports.ts';
import { holdsNow, type MemberContext } from './context.ts';
import type { Member } from './member.ts';
import { whyNoCandidate } from './promise.ts';

export function describeHealth(
  context: MemberContext,
  member: Member,
  sequence: number,
): MemberHealth {
  const { config, cluster, memory, file } = context;
  const seen = memory.observation;
  const unable = whyNoCandidate(context);
  return {
    member: config.member,
    epoch: cluster.state.epoch,
    // Clients that hang are not served: the leader must not read it as well-being.
    serving: memory.hung ? null : holdsNow(memory.serving, context),
    mysqld: mysqldState(context),
    candidate: unable === null,
    why: unable ?? member.why,
    sequence,
    bootId: file.record.bootId,
    purged: seen === null ? '' : formatGtidSet(seen.purged),
    executed: seen === null ? '' : formatGtidSet(seen.executed),
    retrieved: seen === null ? '' : formatGtidSet(seen.retrieved),
    synced: holdsNow(memory.readable, context) !== null && (seen?.applierRunning ?? false),
  };
}

function mysqldState(context: MemberContext): MemberHealth['mysqld'] {
  const { server, memory, file, cluster } = context;
  if (server.state === 'starting') return 'starting';
  if (server.state === 'up') return memory.hung ? 'hung' : 'up';
  const mine = currentPrimaryship(cluster.state)?.primary === context.config.member;
  return mine && file.record.inService === cluster.state.epoch ? 'exited' : 'down';
}

export interface ReportExtras {
  readonly raftId: number;
  readonly raft: RaftStatus;
  readonly route: Route;
  readonly startedAtMs: number;
  readonly eventLoopDelayP99Ms: number;
  readonly rssBytes: number;
}

export function describeMember(
  context: MemberContext,
  member: Member,
  extras: ReportExtras,
): MemberReport {
  const { config, cluster, memory, file, server } = context;
  const { state } = cluster;
  const current = currentPrimaryship(state);
  const at = (a: { host: string; port: number }): string => `${a.host}:${a.port}`;
  const serving = holdsNow(memory.serving, context);
  return {
    member: config.member,
    clusterId: config.clusterId,
    incarnation: file.record.incarnation,
    agentPid: process.pid,
    mysqldPid: server.pid,
    dataDir: config.directory,
    startedAtMs: extras.startedAtMs,
    role: current?.primary === config.member ? 'primary' : 'replica',
    voter: state.config.voters.includes(config.member),
    state: serving !== null ? 'primary' : member.state === 'primary' ? 'fenced' : member.state,
    why:
      memory.cloneProgress !== null && member.state === 'cloning'
        ? `${member.why}: ${memory.cloneProgress}`
        : member.why,
    amnesiac: file.record.amnesiaSinceEpoch !== null,
    fenced: current?.primary === config.member && serving === null,
    promise: file.record.promise,
    raft: {
      id: extras.raftId,
      role: extras.raft.role,
      leader: extras.raft.leader,
      term: extras.raft.term,
      commitIndex: extras.raft.commitIndex,
      appliedIndex: extras.raft.appliedIndex,
    },
    log: logReport(state),
    mysql:
      memory.observation === null || server.state !== 'up' ? null : mysqlReport(memory.observation),
    errant: memory.errant,
    endpoints: {
      mysql: at(config.listen.mysql),
      primary: at(config.listen.primaryProxy),
      replicas: at(config.listen.replicasProxy),
    },
    findings: [...memory.findings.values()],
    failovers: state.failovers.slice(-20),
    rssBytes: extras.rssBytes,
    eventLoopDelayP99Ms: extras.eventLoopDelayP99Ms,
  };
}

function logReport(state: ClusterState): MemberReport['log'] {
  return {
    epoch: state.epoch,
    phase: state.phase,
    primary: currentPrimaryship(state)?.primary ?? null,
    configVersion: state.config.version,
    voters: state.config.voters,
    w: state.config.w,
  };
}

function mysqlReport(seen: MysqlObservation): MysqlReport {
  return {
    version: seen.version,
    serverUuid: seen.serverUuid,
    gtidExecuted: formatGtidSet(seen.executed),
    gtidRetrieved: formatGtidSet(seen.retrieved),
    readOnly: seen.superReadOnly,
    offline: seen.offline,
    connections: seen.connections,
    lagMs: seen.lagMs,
    source: seen.source === null ? null : `${seen.source.host}:${seen.source.port}`,
    ioRunning: seen.receiver === 'ON',
    sqlRunning: seen.applierRunning,
    lastError: seen.applierError ?? seen.receiverError,
    semiSyncSource: seen.semiSync.sourceActive,
    semiSyncReplica: seen.semiSync.replicaActive,
    unsafeCommits: seen.semiSync.unacknowledgedCommits,
  };
}
