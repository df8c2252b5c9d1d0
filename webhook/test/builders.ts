import type { MysqlCluster, MysqlClusterSpec } from '@radondb/api';

/** A good cluster `demo`, with changes to its spec. */
export function aCluster(spec: MysqlClusterSpec = {}): MysqlCluster {
  return {
    apiVersion: 'radondb.com/v1',
    kind: 'MysqlCluster',
    metadata: { name: 'demo', namespace: 'shop' },
    spec,
  };
}

/** The body that kube-apiserver posts: creation of `demo`, with changes to the request. */
export function aReview(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: 'radondb.com', version: 'v1', kind: 'MysqlCluster' },
      resource: { group: 'radondb.com', version: 'v1', resource: 'mysqlclusters' },
      name: 'demo',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'kubernetes-admin' },
      object: aCluster(),
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...changes,
    },
  };
}
