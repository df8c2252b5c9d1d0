import type { Affinity } from '../v1/affinity.ts';
import type { LabelSelector } from '../v1/label-selector.ts';
import type { MysqlCluster, MysqlClusterSpec } from '../v1/mysql-cluster.ts';
import type { Toleration, TopologySpread } from '../v1/pod.ts';
import type { Resources } from '../v1/resources.ts';
import { DEFAULT_STORAGE_SIZE } from '../v1/storage.ts';
import type { ConfigValue } from '../v1/values.ts';

type Texts = Readonly<Record<string, string>>;

/** A spec in which nothing is absent but what has no value unless a person gives one. */
export interface CompleteMysqlClusterSpec {
  /** 0: hibernate. */
  readonly replicas: number;
  readonly mysql: {
    readonly version: '9.7' | '8.4';
    /** Undefined: the operator's own for the version. */
    readonly image?: string | undefined;
    readonly config: Readonly<Record<string, ConfigValue>>;
    readonly resources: {
      readonly requests: NonNullable<Resources['requests']>;
      readonly limits: NonNullable<Resources['limits']>;
    };
  };
  readonly storage: {
    readonly size: string;
    /** Undefined: the Kubernetes cluster's default class. */
    readonly storageClassName?: string | undefined;
    readonly reclaimPolicy: 'Retain' | 'Delete';
  };
  readonly ha: {
    readonly failover: { readonly enabled: boolean; readonly delay: string };
    readonly durability: 'standard' | 'strict';
  };
  readonly accounts: {
    readonly namespaces: {
      readonly from: 'Same' | 'All' | 'Selector';
      readonly selector?: LabelSelector | undefined;
    };
  };
  readonly routing: {
    readonly service: {
      readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
      readonly annotations: Texts;
    };
  };
  readonly pod: {
    readonly labels: Texts;
    readonly annotations: Texts;
    readonly nodeSelector: Texts;
    readonly affinity?: Affinity | undefined;
    readonly tolerations: readonly Toleration[];
    readonly topologySpreadConstraints: readonly TopologySpread[];
    readonly priorityClassName?: string | undefined;
  };
  readonly paused: boolean;
  readonly deletionProtection: boolean;
}

/** A cluster whose spec is complete. */
export interface CompleteMysqlCluster extends Omit<MysqlCluster, 'spec'> {
  readonly spec: CompleteMysqlClusterSpec;
}

/** Members apart from each other, where there is more than one place. */
const SPREAD: readonly TopologySpread[] = Object.freeze(
  ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) =>
    Object.freeze({ topologyKey, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 }),
  ),
);

const NONE: Texts = Object.freeze({});

/** What a cluster is when its spec is empty. */
export const DEFAULT_MYSQL_CLUSTER_SPEC: CompleteMysqlClusterSpec = Object.freeze({
  replicas: 3,
  mysql: Object.freeze({
    version: '9.7',
    config: NONE,
    resources: Object.freeze({ requests: Object.freeze({}), limits: Object.freeze({}) }),
  }),
  storage: Object.freeze({ size: DEFAULT_STORAGE_SIZE, reclaimPolicy: 'Retain' }),
  ha: Object.freeze({
    failover: Object.freeze({ enabled: true, delay: '0s' }),
    durability: 'standard',
  }),
  accounts: Object.freeze({ namespaces: Object.freeze({ from: 'Same' }) }),
  routing: Object.freeze({ service: Object.freeze({ type: 'ClusterIP', annotations: NONE }) }),
  pod: Object.freeze({
    labels: NONE,
    annotations: NONE,
    nodeSelector: NONE,
    tolerations: Object.freeze([]),
    topologySpreadConstraints: SPREAD,
  }),
  paused: false,
  deletionProtection: false,
});

/**
 * Fills in what is absent and changes nothing that is given: applied twice it gives the same.
 * Nothing is written to the argument.
 */
export function applyDefaults(cluster: MysqlCluster | CompleteMysqlCluster): CompleteMysqlCluster {
  return { ...cluster, spec: completeSpec(cluster.spec as MysqlClusterSpec) };
}

function completeSpec(spec: MysqlClusterSpec): CompleteMysqlClusterSpec {
  const { mysql, storage, ha, accounts, routing, pod, ...top } = DEFAULT_MYSQL_CLUSTER_SPEC;
  return {
    replicas: spec.replicas ?? top.replicas,
    mysql: {
      ...mysql,
      ...spec.mysql,
      resources: { ...mysql.resources, ...spec.mysql?.resources },
    },
    storage: { ...storage, ...spec.storage },
    ha: {
      failover: { ...ha.failover, ...spec.ha?.failover },
      durability: spec.ha?.durability ?? ha.durability,
    },
    accounts: { namespaces: { ...accounts.namespaces, ...spec.accounts?.namespaces } },
    routing: { service: { ...routing.service, ...spec.routing?.service } },
    pod: { ...pod, ...spec.pod },
    paused: spec.paused ?? top.paused,
    deletionProtection: spec.deletionProtection ?? top.deletionProtection,
  };
}
