import type { LogReport, MemberReport } from '../agent-protocol.ts';
import { applyDefaults } from '../defaults/mysql-cluster.ts';
import { memberNames } from '../names.ts';
import type { MysqlCluster } from '../v1/mysql-cluster.ts';

/** A condition before it has a time. */
export interface ConditionDraft {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** The members' reports, put together: what the conditions are derived from. */
export interface ClusterView {
  /** Those that the spec asks for, in order. */
  readonly declared: readonly string[];
  /** Declared ones, then others that report; each with its report, null when it does not answer. */
  readonly members: ReadonlyMap<string, MemberReport | null>;
  /** The most advanced cluster log; null when nobody answers. */
  readonly log: LogReport | null;
  /** Declared members that follow or are primary, of the current epoch. */
  readonly ready: readonly string[];
  /** Voters that do so. */
  readonly readyVoters: readonly string[];
  /** The primary accepts writes. */
  readonly open: boolean;
}

export function viewCluster(
  cluster: MysqlCluster,
  reports: ReadonlyMap<string, MemberReport | null>,
): ClusterView {
  const declared = memberNames(cluster, applyDefaults(cluster).spec.replicas);
  const members = new Map<string, MemberReport | null>();
  for (const name of [...declared, ...[...reports.keys()].sort()]) {
    members.set(name, reports.get(name) ?? null);
  }
  const log = latestLog([...members.values()]);
  const works = (name: string): boolean => isWorking(members.get(name) ?? null, log);
  return {
    declared,
    members,
    log,
    ready: declared.filter(works),
    readyVoters: (log?.voters ?? []).filter(works),
    open: log?.primary !== null && log?.phase === 'open' && works(log.primary),
  };
}

/** Whoever has applied the most knows best: an old report must not bring an old primary back. */
function latestLog(reports: readonly (MemberReport | null)[]): LogReport | null {
  let best: MemberReport | null = null;
  for (const report of reports) {
    if (report !== null && (best === null || isLater(report, best))) best = report;
  }
  return best === null ? null : best.log;
}

function isLater(a: MemberReport, b: MemberReport): boolean {
  if (a.log.epoch !== b.log.epoch) return a.log.epoch > b.log.epoch;
  return a.raft.appliedIndex > b.raft.appliedIndex;
}

function isWorking(report: MemberReport | null, log: LogReport | null): boolean {
  if (report === null || log === null || report.mysql === null || report.fenced) return false;
  if (report.log.epoch !== log.epoch) return false;
  return report.member === log.primary
    ? report.state === 'primary' && !report.mysql.offline && !report.mysql.readOnly
    : report.state === 'following';
}

/** `demo-1 is cloning: 40 % done; demo-2 does not answer` — for messages. */
export function describeMembers(view: ClusterView, names: readonly string[]): string {
  return names
    .map((name) => {
      const report = view.members.get(name) ?? null;
      if (report === null) return `${name} does not answer`;
      return report.why === ''
        ? `${name} is ${report.state}`
        : `${name} is ${report.state}: ${report.why}`;
    })
    .map((text) => text.replace(/[.\s]+$/, ''))
    .join('; ');
}

/** Raft's majority. */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}
