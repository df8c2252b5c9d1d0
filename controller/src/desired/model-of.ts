import { createHash } from 'node:crypto';
import {
  type CompleteMysqlCluster,
  memberNames,
  membersServiceName,
  parseDurationMs,
} from '@radondb/api';
import type { ClusterConfigMember } from '@radondb/api/cluster-config';
import { RESTART_ANNOTATION } from './metadata.ts';
import type { Amounts, ClusterModel, OperatorModel } from './model.ts';

/** What was decided once for a cluster and is kept: in its ConfigMap, and the id on its volumes. */
export interface KeptDecisions {
  readonly clusterId: string;
  readonly members: readonly ClusterConfigMember[];
  readonly bootstrap: boolean;
}

/** The operator's part of the model. */
export interface OperatorSettings extends OperatorModel {
  /** Image with mysqld for each series, where the spec names none. */
  readonly mysqlImages: Readonly<Record<'9.7' | '8.4', string>>;
}

/** The model of a cluster. `replicas: 0` keeps the members and runs none of them. */
export function modelOf(options: {
  readonly cluster: CompleteMysqlCluster;
  readonly kept: KeptDecisions;
  readonly secrets: ClusterModel['secrets'];
  readonly operator: OperatorSettings;
}): ClusterModel {
  const { cluster, kept, secrets, operator } = options;
  const { metadata, spec } = cluster;
  const { version, image, config, resources } = spec.mysql;
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? 'default',
    uid: metadata.uid ?? '',
    ...kept,
    running: spec.replicas === 0 ? 0 : kept.members.length,
    mysql: { version, image: image ?? operator.mysqlImages[version], config },
    resources: { requests: amounts(resources.requests), limits: amounts(resources.limits) },
    storage: {
      size: spec.storage.size,
      className: spec.storage.storageClassName ?? null,
      reclaimPolicy: spec.storage.reclaimPolicy,
    },
    failover: {
      enabled: spec.ha.failover.enabled,
      delayMs: parseDurationMs(spec.ha.failover.delay),
    },
    durability: spec.ha.durability,
    service: spec.routing.service,
    pod: spec.pod,
    restart: metadata.annotations?.[RESTART_ANNOTATION] ?? '',
    operator: { image: operator.image, namespace: operator.namespace },
    secrets,
  };
}

/** The members of a cluster that is made now. */
export function firstMembers(
  cluster: { readonly name: string; readonly namespace: string; readonly clusterId: string },
  replicas: number,
): readonly ClusterConfigMember[] {
  const base = serverIdBase(cluster.clusterId);
  const domain = `${membersServiceName(cluster.name)}.${cluster.namespace}.svc`;
  return memberNames(cluster.name, replicas).map((name, ordinal) => ({
    name,
    raftId: ordinal + 1,
    serverId: base + ordinal,
    host: `${name}.${domain}`,
  }));
}

/** Clusters that replicate from each other must not share server ids; 256 numbers from a digest of the id. */
function serverIdBase(clusterId: string): number {
  const digest = createHash('sha256').update(clusterId).digest();
  return Math.max(256, (digest.readUInt32BE(0) & 0xff_ff_ff_00) >>> 0);
}

function amounts(given: {
  readonly cpu?: string | number;
  readonly memory?: string | number;
}): Amounts {
  return {
    ...(given.cpu === undefined ? {} : { cpu: String(given.cpu) }),
    ...(given.memory === undefined ? {} : { memory: String(given.memory) }),
  };
}
