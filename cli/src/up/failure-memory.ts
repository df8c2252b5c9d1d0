import type { ClusterView } from '@radondb/box';

/** What members said when they failed. One that tries again says so no more, and yet it is what a person has to know. */
export interface FailureMemory {
  see(views: readonly ClusterView[]): void;
  /** The last failure of each member that has not done its part since. */
  told(): readonly string[];
}

export function createFailureMemory(): FailureMemory {
  const failures = new Map<string, string>();
  return {
    see: (views) => {
      for (const view of views) {
        for (const { name, state, why } of view.cluster.status?.members ?? []) {
          const agent = view.members.find((it) => it.name === name);
          if (agent?.agentFailed === true) failures.set(name, agent.agent);
          else if (state === 'failed') failures.set(name, why);
          else if (state === 'primary' || state === 'following') failures.delete(name);
        }
      }
    },
    told: () => [...failures].map(([name, why]) => `${name} failed: ${why}`),
  };
}
