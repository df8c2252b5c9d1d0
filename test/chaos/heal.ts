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

/**
 * Waits until writes are answered again and every member is back in its place, and until it is still
 * so at the next look, in the same epoch: what is only about to be noticed belongs to this fault.
 */
export async function waitForHealing(options: HealOptions): Promise<Healed> {
  const { prober, signal, everyMs } = options;
  const endsAtMs = nowMs() + options.deadlineMs;
  let whole: ClusterView | null = null;
  let latest: Look = { view: null, missing: 'nothing was seen yet' };
  let sinceMs = options.sinceMs;
  while (!signal.aborted && nowMs() < endsAtMs) {
    // The status costs a process: not before writes are possible.
    latest = prober.hasAnswered(sinceMs)
      ? await look(options)
      : { view: latest.view, missing: 'no write is answered' };
    if (latest.missing !== null || latest.view === null) whole = null;
    else if (whole?.epoch === latest.view.epoch) return { healed: true, view: latest.view };
    else whole = latest.view;
    if (whole !== null) sinceMs = nowMs();
    await pause(everyMs, signal);
  }
  const why = signal.aborted ? 'the run was given up' : (latest.missing ?? 'no second look');
  return { healed: false, why, view: latest.view };
}

interface Look {
  readonly view: ClusterView | null;
  /** Null when the cluster is whole. */
  readonly missing: string | null;
}

async function look(options: HealOptions): Promise<Look> {
  try {
    const view = await options.cluster.view();
    return { view, missing: whatIsMissing(view, options) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { view: null, missing: `no status: ${message}` };
  }
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
  if (primaries[0].mysqlAddress !== server?.address) {
    return `writes go to ${server?.address}, the primary listens on ${primaries[0].mysqlAddress}`;
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
