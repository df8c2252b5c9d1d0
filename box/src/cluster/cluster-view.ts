import type { FailoverRecord, MysqlCluster } from '@radondb/api';

/** What people look at and what the API object has no field for. */
export interface MemberView {
  readonly name: string;
  /** Why the agent would not answer, as far as its process tells. */
  readonly agent: string;
  readonly agentFailed: boolean;
  readonly restarts: number;
  /** Clients' connections; null when unknown. */
  readonly connections: number | null;
  readonly raftRole: string | null;
  readonly rssBytes: number | null;
}

/** A cluster as the status page and the live table show it. Holds no secret. */
export interface ClusterView {
  readonly cluster: MysqlCluster;
  readonly members: readonly MemberView[];
  /** Oldest first. */
  readonly failovers: readonly FailoverRecord[];
}

/** The condition of that type says True. */
export function isTrue(cluster: MysqlCluster, type: string): boolean {
  return (
    cluster.status?.conditions?.some((it) => it.type === type && it.status === 'True') ?? false
  );
}

/** Why the cluster is not Ready: the messages of what is not well, most telling first. */
export function reasonsNotReady(view: ClusterView): readonly string[] {
  const agents = view.members
    .filter((member) => member.agentFailed)
    .map((member) => `${member.name}: ${member.agent}`);
  const conditions = (view.cluster.status?.conditions ?? [])
    .filter((it) => ['Ready', 'Available', 'Stalled'].includes(it.type))
    .filter((it) => (it.type === 'Stalled' ? it.status === 'True' : it.status !== 'True'))
    .map((it) => `${it.type}: ${it.message} (${it.reason})`);
  const members = (view.cluster.status?.members ?? [])
    .filter((it) => !['primary', 'following'].includes(it.state))
    .map((it) => `${it.name}: ${it.state}, ${it.why}`);
  return [...new Set([...agents, ...conditions, ...members])];
}
