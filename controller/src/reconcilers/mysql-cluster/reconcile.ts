/** One look at one cluster: observe, plan, apply, and the status in the end whatever came of it. */

import { isDeepStrictEqual } from 'node:util';
import type { MysqlClusterStatus } from '@radondb/api';
import type { MemberClient } from '../../members/member-client.ts';
import { type KubeObject, nameOfKey, type ObjectToWrite } from '../../runtime/kube-object.ts';
import type { EventRecorder, KubeWriter, Reconcile } from '../../runtime/ports.ts';
import { MYSQL_CLUSTERS } from '../../runtime/resources.ts';
import type { EventReason } from './actions.ts';
import { applyActions } from './apply.ts';
import { type ObserveDeps, observe } from './observe.ts';
import { planMysqlCluster } from './plan.ts';

/** Its own name: the status is one writer, the children another. */
export const STATUS_MANAGER = 'radondb-controller-status';
/** How often what changes all the time (GTIDs, lag) is written. Milliseconds. */
const VOLATILE_EVERY_MS = 30_000;

export interface MysqlClusterDeps extends ObserveDeps {
  readonly client: KubeWriter;
  readonly members: Pick<MemberClient, 'status' | 'switchover' | 'configure'>;
  readonly events: EventRecorder<EventReason>;
}

export function createMysqlClusterReconcile(deps: MysqlClusterDeps): Reconcile {
  const writtenAt = new Map<string, number>();
  return async (key, { signal }) => {
    const cluster = deps.read(MYSQL_CLUSTERS, nameOfKey(key));
    if (cluster === undefined) {
      writtenAt.delete(key);
      return { outcome: 'gone' };
    }
    // Its objects go with it: they are owned by it. Nothing is left to do, so nothing of ours can hang.
    if (cluster.metadata.deletionTimestamp !== undefined) return { outcome: 'being deleted' };
    const observation = await observe(deps, cluster, signal);
    const plan = planMysqlCluster(observation);
    const record = (event: Omit<Parameters<typeof deps.events.record>[0], 'regarding'>): void =>
      deps.events.record({ regarding: cluster, ...event });
    try {
      const { client, members } = deps;
      await applyActions({ client, members, record }, observation, plan.actions, signal);
    } finally {
      const at = writtenAt.get(key) ?? 0;
      const isDue = observation.nowMs - at >= VOLATILE_EVERY_MS;
      if (!signal.aborted && isWorthWriting(cluster, plan.status, isDue)) {
        await writeStatus(deps.client, cluster, plan.status, signal);
        writtenAt.set(key, observation.nowMs);
      }
    }
    return { outcome: plan.outcome, requeueAfterMs: plan.requeueAfterMs };
  };
}

/** A status that differs in what changes with every transaction only can wait. */
export function isWorthWriting(
  cluster: KubeObject,
  status: MysqlClusterStatus,
  isDue: boolean,
): boolean {
  const before = cluster['status'] as MysqlClusterStatus | undefined;
  if (isDeepStrictEqual(before, status)) return false;
  return isDue || !isDeepStrictEqual(lasting(before), lasting(status));
}

function lasting(status: MysqlClusterStatus | undefined): unknown {
  const members = status?.members?.map(({ gtidExecuted: _gtid, lagMs: _lag, ...rest }) => rest);
  return { ...status, members };
}

async function writeStatus(
  client: KubeWriter,
  cluster: KubeObject,
  status: MysqlClusterStatus,
  signal: AbortSignal,
): Promise<void> {
  const { apiVersion, kind, metadata } = cluster;
  const { name, namespace = 'default' } = metadata;
  const object: ObjectToWrite = { apiVersion, kind, metadata: { name, namespace }, status };
  await client.apply(MYSQL_CLUSTERS, object, {
    ...{ signal, fieldManager: STATUS_MANAGER, force: true, subresource: 'status' },
  });
}
