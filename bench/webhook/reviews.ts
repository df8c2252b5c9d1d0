/** The reviews that the load consists of: clusters as people write them, a quarter of them bad. */
export interface Exchange {
  readonly path: '/validate' | '/default';
  readonly body: string;
  /** What the answer must say. */
  readonly allowed: boolean;
}

const spec = {
  replicas: 3,
  mysql: {
    version: '9.7',
    config: { max_connections: '500', innodb_redo_log_capacity: '2G', slow_query_log: 'ON' },
    resources: { requests: { cpu: '1', memory: '4Gi' }, limits: { memory: '4Gi' } },
  },
  storage: { size: '50Gi', reclaimPolicy: 'Retain' },
  ha: { durability: 'strict', failover: { enabled: true, delay: '0s' } },
  pod: { labels: { team: 'shop' } },
};
const badSpec = {
  ...spec,
  replicas: 9,
  mysql: { ...spec.mysql, config: { sync_binlog: '0', max_conections: '1' } },
};

const EXCHANGES: readonly Exchange[] = (['/validate', '/default'] as const).flatMap((path) =>
  [spec, spec, spec, badSpec].map((it) => ({
    path,
    body: JSON.stringify(reviewOf(it)),
    allowed: it !== badSpec,
  })),
);

export function exchangeAt(index: number): Exchange {
  const exchange = EXCHANGES[index % EXCHANGES.length];
  if (exchange === undefined) throw new RangeError(`${index} is not an index`);
  return exchange;
}

/** With the metadata that an object has after some weeks: it is read, too. */
function reviewOf(it: object): object {
  const kind = { group: 'radondb.com', version: 'v1', kind: 'MysqlCluster' };
  const metadata = {
    name: 'shop',
    namespace: 'shop',
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(it) },
    managedFields: [
      { manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1: { 'f:spec': it } },
    ],
  };
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind,
      requestKind: kind,
      resource: { group: 'radondb.com', version: 'v1', resource: 'mysqlclusters' },
      name: 'shop',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'kubernetes-admin', groups: ['system:masters'] },
      object: { apiVersion: 'radondb.com/v1', kind: 'MysqlCluster', metadata, spec: it },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}
