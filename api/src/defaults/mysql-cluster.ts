import type { MysqlCluster, MysqlClusterSpec } from '../v1/mysql-cluster.ts';
import type { ConfigValue } from '../v1/values.ts';

/** A spec in which nothing is absent. */
export interface CompleteMysqlClusterSpec {
  readonly replicas: number;
  readonly mysql: {
    readonly version: '9.7' | '8.4';
    readonly config: Readonly<Record<string, ConfigValue>>;
  };
  readonly ha: {
    readonly failover: { readonly enabled: boolean; readonly delay: string };
    readonly durability: 'standard' | 'strict';
  };
}

/** A cluster whose spec is complete. It is a `MysqlCluster` too. */
export interface CompleteMysqlCluster extends Omit<MysqlCluster, 'spec'> {
  readonly spec: CompleteMysqlClusterSpec;
}

/** What a cluster is when its spec is empty. */
export const DEFAULT_MYSQL_CLUSTER_SPEC: CompleteMysqlClusterSpec = Object.freeze({
  replicas: 3,
  mysql: Object.freeze({ version: '9.7', config: Object.freeze({}) }),
  ha: Object.freeze({
    failover: Object.freeze({ enabled: true, delay: '0s' }),
    durability: 'standard',
  }),
});

/**
 * Fills in what is absent and changes nothing that is given: applied twice it gives the same.
 * Nothing is written to the argument.
 */
export function applyDefaults(cluster: MysqlCluster): CompleteMysqlCluster {
  return { ...cluster, spec: completeSpec(cluster.spec) };
}

function completeSpec(spec: MysqlClusterSpec): CompleteMysqlClusterSpec {
  const defaults = DEFAULT_MYSQL_CLUSTER_SPEC;
  return {
    replicas: spec.replicas ?? defaults.replicas,
    mysql: {
      version: spec.mysql?.version ?? defaults.mysql.version,
      config: spec.mysql?.config ?? defaults.mysql.config,
    },
    ha: {
      failover: {
        enabled: spec.ha?.failover?.enabled ?? defaults.ha.failover.enabled,
        delay: spec.ha?.failover?.delay ?? defaults.ha.failover.delay,
      },
      durability: spec.ha?.durability ?? defaults.ha.durability,
    },
  };
}
