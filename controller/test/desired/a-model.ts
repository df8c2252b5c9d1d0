import { applyDefaults, type MysqlCluster } from '@radondb/api';
import type { ClusterModel } from '../../src/desired/model.ts';
import { firstMembers, modelOf } from '../../src/desired/model-of.ts';

const CLUSTER_ID = '5d0a4c5e-0d8f-4c7e-9a57-0f6f6b9f2c11';

/** The model of a new cluster `demo` in the namespace `shop`. */
export function aModel(
  spec: MysqlCluster['spec'] = {},
  changes: Partial<ClusterModel> = {},
): ClusterModel {
  const metadata = { name: 'demo', namespace: 'shop', uid: CLUSTER_ID };
  const cluster = applyDefaults({
    apiVersion: 'radondb.com/v1',
    kind: 'MysqlCluster',
    metadata,
    spec,
  });
  const clusterId = CLUSTER_ID;
  const members = firstMembers({ name: 'demo', namespace: 'shop', clusterId }, 3);
  const model = modelOf({
    cluster,
    kept: { clusterId, members, bootstrap: true },
    secrets: { tls: 'digest-of-certificates', credentials: 'digest-of-passwords' },
    operator: {
      image: 'radondb/operator:1.0.0',
      namespace: 'radondb-system',
      mysqlImages: { '9.7': 'mysql:9.7', '8.4': 'mysql:8.4' },
    },
  });
  return { ...model, ...changes };
}

/** Every field of the spec that shapes an object. */
export const FULL_SPEC: MysqlCluster['spec'] = {
  replicas: 3,
  mysql: {
    version: '8.4',
    image: 'mirror/mysql:8.4.9',
    config: { max_connections: 500, long_query_time: 0.5, innodb_print_all_deadlocks: true },
    resources: { requests: { cpu: 2, memory: '4Gi' }, limits: { memory: '8Gi' } },
  },
  storage: { size: '200Gi', storageClassName: 'fast', reclaimPolicy: 'Delete' },
  ha: { failover: { enabled: false, delay: '30s' }, durability: 'strict' },
  routing: { service: { type: 'LoadBalancer', annotations: { 'cloud/internal': 'true' } } },
  pod: {
    labels: { team: 'shop' },
    annotations: { 'cluster-autoscaler/safe-to-evict': 'false' },
    nodeSelector: { disk: 'nvme' },
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { a: 'b' } } },
        ],
      },
    },
    tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'mysql', effect: 'NoSchedule' }],
    topologySpreadConstraints: [],
    priorityClassName: 'database',
  },
};
