import type { FailoverRecord } from '../agent-protocol.ts';
import type { LastFailover } from '../v1/mysql-cluster.ts';
import type { ClusterView } from './view.ts';

/** The latest finished change of primary that any member tells of; the first one is not a change. */
export function lastFailover(
  view: ClusterView,
  previous: LastFailover | undefined,
): LastFailover | undefined {
  let best: (FailoverRecord & { to: string; openedAtMs: number }) | undefined;
  for (const report of view.members.values()) {
    for (const record of report?.failovers ?? []) {
      const { to, openedAtMs } = record;
      if (record.kind === 'bootstrap' || to === null || openedAtMs === null) continue;
      if (best === undefined || record.epoch > best.epoch) best = { ...record, to, openedAtMs };
    }
  }
  if (best === undefined) return previous;
  return {
    at: rfc3339(best.openedAtMs),
    ...(best.from === null ? {} : { from: best.from }),
    to: best.to,
    cause: best.cause,
    unavailableMs: Math.max(0, Math.round(best.openedAtMs - best.noticedAtMs)),
    // I4: nobody is elected who does not hold every acknowledged transaction.
    lostTransactions: 0,
  };
}

function rfc3339(unixMs: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: writes a given time down, reads no clock
  return new Date(unixMs).toISOString();
}
