import type { FailoverRecord, MemberReport, MysqlCluster } from '@radondb/api';
import type { AgentState } from '../kubelet/agent-supervisor.ts';
import type { ClusterView, MemberView } from './cluster-view.ts';

/** Puts together what is known of a cluster and its processes. */
export function viewOf(options: {
  readonly cluster: MysqlCluster;
  readonly members: readonly string[];
  readonly report: (member: string) => MemberReport | null;
  readonly agent: (member: string) => AgentState;
  readonly failovers: readonly FailoverRecord[];
}): ClusterView {
  const members = options.members.map((name) =>
    memberView(name, options.report(name), options.agent(name)),
  );
  return { cluster: options.cluster, members, failovers: options.failovers };
}

function memberView(name: string, report: MemberReport | null, agent: AgentState): MemberView {
  return {
    name,
    agent: whyUnreachable(agent),
    agentFailed: agent.phase === 'failed',
    restarts: agent.phase === 'stopped' ? 0 : agent.restarts,
    connections: report?.mysql?.connections ?? null,
    raftRole: report?.raft.role ?? null,
    rssBytes: report?.rssBytes ?? null,
  };
}

function whyUnreachable(agent: AgentState): string {
  switch (agent.phase) {
    case 'running':
      return 'its agent does not answer (yet)';
    case 'stopped':
      return 'its agent does not run';
    case 'waiting':
    case 'failed':
      return agent.why;
  }
}

/**
 * A member that does not answer has still processes or has not, and we started them: the API's
 * status cannot know that.
 */
export function withAgents(
  cluster: MysqlCluster,
  agent: (member: string) => AgentState,
  lastLocal: (member: string) => { readonly mysqlPort: number; readonly dataDir: string },
): MysqlCluster {
  const { status } = cluster;
  if (status?.members === undefined) return cluster;
  const members = status.members.map((member) => {
    const state = agent(member.name);
    if (member.state !== 'unreachable') return member;
    const why = whyUnreachable(state);
    const agentPid = state.phase === 'running' ? state.pid : 0;
    return { ...member, why, local: { agentPid, ...lastLocal(member.name) } };
  });
  return { ...cluster, status: { ...status, members } };
}
