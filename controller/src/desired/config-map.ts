import { configMapName } from '@radondb/api';
import { CLUSTER_CONFIG_FILE, type ClusterConfig, MEMBER_PORTS } from '@radondb/api/cluster-config';
import { splitConfig } from '@radondb/api/my-cnf/dynamic-variables';
import { contentDigest } from '../content-digest.ts';
import { parseQuantity } from '../quantity.ts';
import { CONFIG_MAPS } from '../runtime/resources.ts';
import { objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';

/** What the agents read when they start; see `ClusterConfig`. */
export function configMap(model: ClusterModel): DesiredObject {
  return objectOf({
    resource: CONFIG_MAPS,
    model,
    name: configMapName(model.name),
    fields: {
      data: { [CLUSTER_CONFIG_FILE]: `${JSON.stringify(clusterConfig(model), null, 2)}\n` },
    },
  });
}

export function clusterConfig(model: ClusterModel): ClusterConfig {
  return { ...withoutRevision(model), restartRevision: contentDigest(restartConfig(model)) };
}

function withoutRevision(model: ClusterModel): Omit<ClusterConfig, 'restartRevision'> {
  const memory = model.resources.limits.memory;
  return {
    formatVersion: 1,
    clusterId: model.clusterId,
    clusterName: model.name,
    bootstrap: model.bootstrap,
    members: model.members,
    ports: MEMBER_PORTS,
    failover: model.failover,
    durability: model.durability,
    dynamicRevision: contentDigest(dynamicConfig(model)),
    mysql: {
      version: model.mysql.version,
      config: model.mysql.config,
      memoryBytes: memory === undefined ? null : Math.floor(parseQuantity(memory)),
    },
  };
}

/** The settings that a running mysqld takes without a restart. */
export function dynamicConfig(model: ClusterModel): ClusterConfig['mysql']['config'] {
  return splitConfig(model.mysql.config).dynamic;
}

/** What of it a running member would have to restart for. */
export function restartConfig(model: ClusterModel): unknown {
  const { bootstrap: _b, dynamicRevision: _d, mysql, ...rest } = withoutRevision(model);
  return { ...rest, mysql: { ...mysql, config: splitConfig(mysql.config).restart } };
}
