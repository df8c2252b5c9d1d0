/** Where clients are sent, as this agent sees it: the committed open primary that serves, and replicas that are in sync. */
import type { Route, RouteTarget } from '@radondb/api';
import type { PeerConfig } from './agent-config.ts';
import type { ClusterState } from './core/cluster-log.ts';
import { currentPrimaryship } from './core/cluster-log.ts';
import type { HealthTable } from './health-table.ts';

const HEARD_WITHIN_MS = 3_000;

export function routeOf(view: {
  readonly state: ClusterState;
  readonly peers: readonly PeerConfig[];
  readonly health: HealthTable;
  readonly nowMs: number;
  readonly caughtUp: boolean;
}): Route {
  const { state, peers, health, nowMs } = view;
  const current = currentPrimaryship(state);
  const target = (name: string): RouteTarget | null => {
    const peer = peers.find((p) => p.name === name);
    return peer === undefined ? null : { member: peer.name, host: peer.host, port: peer.mysqlPort };
  };
  const serves = current !== null && health.of(current.primary)?.health.serving === state.epoch;
  const open = view.caughtUp && state.phase === 'open' && serves;
  const replicas = peers
    .filter((p) => p.name !== current?.primary)
    .filter((p) => {
      const told = health.of(p.name);
      return (
        told?.health.synced === true &&
        told.health.mysqld === 'up' &&
        nowMs - told.heardAtMs < HEARD_WITHIN_MS
      );
    })
    .map((p) => target(p.name))
    .filter((t): t is RouteTarget => t !== null);
  return {
    epoch: state.epoch,
    open,
    primary: open && current !== null ? target(current.primary) : null,
    replicas,
  };
}
