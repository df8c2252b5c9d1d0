/** A fleet as an API server holds it: clusters with their pods and what else belongs to them, of realistic size. */
import type { ObjectToWrite } from '../../controller/src/runtime/kube-object.ts';

export interface FleetSize {
  readonly clusters: number;
  readonly podsPerCluster: number;
}

/** Plural → objects. */
export type Fleet = ReadonlyMap<string, readonly ObjectToWrite[]>;

/** Names and versions of fields as a real server adds them: a good part of an object's size. */
const MANAGED_FIELDS = [
  {
    manager: 'kubelet',
    operation: 'Update',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`f:field${n}`, { '.': {}, [`f:inner${n}`]: {} }]),
    ),
  },
];

export function makeFleet({ clusters, podsPerCluster }: FleetSize): Fleet {
  const fleet = new Map<string, ObjectToWrite[]>();
  const put = (plural: string, object: ObjectToWrite): void => {
    const objects = fleet.get(plural) ?? [];
    fleet.set(plural, objects);
    objects.push(object);
  };
  for (let n = 0; n < clusters; n += 1) {
    const name = `db-${n}`;
    const child = (
      apiVersion: string,
      kind: string,
      own: string,
      rest: Record<string, unknown>,
    ): ObjectToWrite => ({
      apiVersion,
      kind,
      metadata: metadataOf(own, name),
      ...rest,
    });
    put('mysqlclusters', {
      apiVersion: 'radondb.com/v1',
      kind: 'MysqlCluster',
      metadata: metadataOf(name, name),
      spec: clusterSpec(),
    });
    put('statefulsets', child('apps/v1', 'StatefulSet', name, { spec: { template: podSpec() } }));
    put(
      'configmaps',
      child('v1', 'ConfigMap', name, { data: { 'cluster.json': 'x'.repeat(2_000) } }),
    );
    for (const own of ['passwords', 'tls', 'operator'])
      put('secrets', child('v1', 'Secret', `${name}-${own}`, { data: { key: 'x'.repeat(3_000) } }));
    for (const own of ['primary', 'replicas', 'any', 'members'])
      put(
        'services',
        child('v1', 'Service', `${name}-${own}`, { spec: { ports: [{ port: 3306 }] } }),
      );
    for (let member = 0; member < podsPerCluster; member += 1)
      put('pods', child('v1', 'Pod', `${name}-${member}`, { spec: podSpec() }));
  }
  return fleet;
}

function metadataOf(name: string, cluster: string): ObjectToWrite['metadata'] {
  const labels = { 'app.kubernetes.io/managed-by': 'radondb-mysql', 'bench/cluster': cluster };
  const metadata = { namespace: 'fleet', name, labels, managedFields: MANAGED_FIELDS };
  return metadata;
}

function clusterSpec(): Record<string, unknown> {
  return {
    replicas: 3,
    mysql: {
      version: '9.7',
      config: Object.fromEntries(
        Array.from({ length: 20 }, (_, n) => [`variable_${n}`, String(n)]),
      ),
    },
    storage: { size: '20Gi' },
  };
}

function podSpec(): Record<string, unknown> {
  const env = Array.from({ length: 20 }, (_, n) => ({
    name: `VARIABLE_${n}`,
    value: 'x'.repeat(40),
  }));
  const volumeMounts = Array.from({ length: 10 }, (_, n) => ({
    name: `v${n}`,
    mountPath: `/v/${n}`,
  }));
  return { containers: [{ name: 'mysql', image: 'mysql:9.7', env, volumeMounts }] };
}
