import type { ChaosCluster, ClusterView } from './ports.ts';
import type { Prober } from './prober.ts';
import { nowMs, pause } from './wait.ts';

export interface HealOptions {
  readonly cluster: ChaosCluster;
  readonly prober: Prober;
  /** Processes that were killed: a status that still shows one is old. */
  readonly killed: readonly number[];
  readonly members: number;
  readonly sinceMs: number;
  readonly deadlineMs: number;
  /** Between two looks at the status. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

export type Healed =
  | { readonly healed: true; readonly view: ClusterView }
  | { readonly healed: false; readonly why: string; readonly view: ClusterView | null };

/** Waits until writes are answered again and every member is back in its place. */
export async function waitForHealing(options: HealOptions): Promise<Healed> {
  const { cluster, signal, everyMs } = options;
  const endsAtMs = nowMs() + options.deadlineMs;
  let view: ClusterView | null = null;
  let why = 'nothing was seen yet';
  while (!signal.aborted && nowMs() < endsAtMs) {
    try {
      // The status costs a process: not before writes are possible.
      if (options.prober.okSince(options.sinceMs) > 0) {
        view = await cluster.view();
        why = whatIsMissing(view, options) ?? '';
        if (why === '') return { healed: true, view };
      } else {
        why = 'no write was answered';
      }
    } catch (error) {
      why = `no status: ${error instanceof Error ? error.message : String(error)}`;
    }
    await pause(everyMs, signal);
  }
  return { healed: false, why: signal.aborted ? 'the run was given up' : why, view };
}

/** Null when the cluster is whole. */
export function whatIsMissing(
  view: ClusterView,
  options: Pick<HealOptions, 'members' | 'killed' | 'prober'>,
): string | null {
  if (view.members.length !== options.members) {
    return `${view.members.length} of ${options.members} members`;
  }
  const primaries = view.members.filter(({ state }) => state === 'primary');
  if (primaries.length !== 1 || primaries[0]?.name !== view.primary) {
    return `primary is ${view.primary}, in state primary: ${primaries.map(({ name }) => name).join(' ') || 'none'}`;
  }
  const { server } = options.prober;
  if (primaries[0].mysqlPort !== server?.port) {
    return `writes go to port ${server?.port}, the primary listens on ${primaries[0].mysqlPort}`;
  }
  for (const { name, state, agentPid, mysqldPid, errant } of view.members) {
    if (state !== 'primary' && state !== 'following') return `${name} is ${state}`;
    if (errant !== null) return `${name} is errant: ${errant}`;
    for (const pid of [agentPid, mysqldPid]) {
      if (pid === null) return `${name} has no pid`;
      if (options.killed.includes(pid)) return `${name} still shows the killed process ${pid}`;
    }
  }
  return null;
}
