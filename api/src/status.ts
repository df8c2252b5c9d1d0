import type { MemberReport } from './agent-protocol.ts';
import type { FieldProblem } from './schema/field-problem.ts';
import {
  available,
  ready,
  reconciling,
  redundant,
  replicationHealthy,
  stalled,
} from './status/conditions.ts';
import { conditionsOfFindings } from './status/findings.ts';
import { lastFailover } from './status/last-failover.ts';
import { type ClusterView, type ConditionDraft, viewCluster } from './status/view.ts';
import type {
  Condition,
  MemberStatus,
  MysqlCluster,
  MysqlClusterStatus,
} from './v1/mysql-cluster.ts';

/** What a status is computed from. */
export interface StatusInput {
  readonly cluster: MysqlCluster;
  /** Null: the member was asked and did not answer. */
  readonly reports: ReadonlyMap<string, MemberReport | null>;
  /** RFC 3339. */
  readonly now: string;
  /** The status as it is; undefined or null: none yet. */
  readonly previous: MysqlClusterStatus | undefined | null;
  /** What is wrong with the spec, if it got past admission. */
  readonly problems?: readonly FieldProblem[];
  /** `host:port` for clients; default: the proxy of the primary's member. */
  readonly endpoints?: { readonly primary: string; readonly replicas: string };
  readonly credentialsSecret?: string;
  /** On one machine: say which processes the members are. */
  readonly local?: boolean;
}

/**
 * The status of a cluster from what its members say. A condition's time changes with its status
 * only, so that the same reports give the same status and nothing is written in vain.
 */
export function computeStatus(input: StatusInput): MysqlClusterStatus {
  const { cluster, reports, previous } = input;
  const view = viewCluster(cluster, reports);
  const generation = cluster.metadata.generation;
  const failover = lastFailover(view, previous?.lastFailover);
  const endpoints = input.endpoints ?? endpointsOf(view) ?? previous?.endpoints;
  const secret = input.credentialsSecret ?? previous?.credentialsSecret;
  const primary = view.open ? view.log?.primary : undefined;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: conditions(view, input),
    ...(primary === undefined || primary === null ? {} : { primary }),
    ...epochOf(view, previous),
    replicas: reports.size,
    readyMembers: `${view.ready.length}/${view.declared.length}`,
    members: [...view.members].map(([name, report]) =>
      memberStatus({ name, report, view, local: input.local === true }),
    ),
    ...(failover === undefined ? {} : { lastFailover: failover }),
    ...(endpoints === undefined ? {} : { endpoints }),
    ...(secret === undefined ? {} : { credentialsSecret: secret }),
  };
}

function conditions(
  view: ClusterView,
  { cluster, now, previous, problems }: StatusInput,
): Condition[] {
  const isReady = ready(view);
  const isStalled = stalled(view, problems ?? []);
  const drafts: readonly ConditionDraft[] = [
    isReady,
    reconciling(isReady, isStalled),
    isStalled,
    available(view),
    redundant(view),
    replicationHealthy(view),
    ...conditionsOfFindings(view),
  ];
  const generation = cluster.metadata.generation;
  return drafts.map((draft) => {
    const before = previous?.conditions?.find(({ type }) => type === draft.type);
    return {
      ...draft,
      lastTransitionTime: before?.status === draft.status ? before.lastTransitionTime : now,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
}

function memberStatus(options: {
  name: string;
  report: MemberReport | null;
  view: ClusterView;
  local: boolean;
}): MemberStatus {
  const { name, report, view, local } = options;
  const role = view.log?.primary === name ? 'primary' : 'replica';
  if (report === null) {
    return {
      name,
      role,
      state: 'unreachable',
      why: 'Its agent does not answer: look whether it runs and can be reached.',
      fenced: false,
    };
  }
  const { mysql } = report;
  return {
    name,
    role,
    state: report.state,
    why: report.why,
    ...(mysql === null ? {} : { gtidExecuted: mysql.gtidExecuted, version: mysql.version }),
    ...(mysql === null || mysql.lagMs === null || role === 'primary' ? {} : { lagMs: mysql.lagMs }),
    ...(report.errant === null ? {} : { errant: report.errant }),
    fenced: report.fenced,
    ...(local ? { local: localOf(report) } : {}),
  };
}

function localOf(report: MemberReport): NonNullable<MemberStatus['local']> {
  return {
    agentPid: report.agentPid,
    ...(report.mysqldPid === null ? {} : { mysqldPid: report.mysqldPid }),
    mysqlAddress: report.endpoints.mysql,
    mysqlPort: Number(report.endpoints.mysql.slice(report.endpoints.mysql.lastIndexOf(':') + 1)),
    dataDir: report.dataDir,
  };
}

function endpointsOf(view: ClusterView): MysqlClusterStatus['endpoints'] {
  const primary = view.log?.primary ?? '';
  const first = [...view.members.values()].find((report) => report !== null);
  const report = view.members.get(primary) ?? first;
  return report === undefined || report === null
    ? undefined
    : { primary: report.endpoints.primary, replicas: report.endpoints.replicas };
}

/** Epochs never fall: when nobody answers, or only those behind, the known one stays. */
function epochOf(
  view: ClusterView,
  previous: MysqlClusterStatus | undefined | null,
): { epoch?: number } {
  const epoch = Math.max(view.log?.epoch ?? 0, previous?.epoch ?? 0);
  return epoch === 0 ? {} : { epoch };
}
