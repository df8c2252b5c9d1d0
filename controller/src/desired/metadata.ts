/** Metadata of the objects of a cluster. */
import { API_VERSION, CLUSTER_LABEL, clusterLabels, MYSQL_CLUSTER_KIND } from '@radondb/api';
import { contentDigest } from '../content-digest.ts';
import {
  apiVersionOf,
  type ObjectToWrite,
  type OwnerReference,
  type Resource,
} from '../runtime/kube-object.ts';
import type { ClusterModel, DesiredObject } from './model.ts';

/** Digest of an object as it was last written: what a person's edit of our fields is told from, and a change of ours. */
export const APPLIED_ANNOTATION = 'radondb.com/applied';
/** On the MysqlCluster: another value restarts all members, one after the other. On the pods: the value they were started for. */
export const RESTART_ANNOTATION = 'radondb.com/restart';
/** Identity of the data, on its volumes. */
export const CLUSTER_ID_LABEL = 'radondb.com/cluster-id';

type Named = Pick<ClusterModel, 'name' | 'namespace' | 'uid'>;

export function ownerReference({ name, uid }: Pick<ClusterModel, 'name' | 'uid'>): OwnerReference {
  return {
    apiVersion: API_VERSION,
    kind: MYSQL_CLUSTER_KIND,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** What a Service and the StatefulSet select the members by. It cannot be changed in a StatefulSet. */
export function memberSelector({ name }: Pick<ClusterModel, 'name'>): Record<string, string> {
  return { 'app.kubernetes.io/name': 'mysql', [CLUSTER_LABEL]: name };
}

/** An object of the cluster: labelled, owned unless it is to outlive it, and marked with a digest of itself. */
export function objectOf(options: {
  readonly resource: Resource;
  readonly model: Named;
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** It stays when the MysqlCluster goes. */
  readonly outlives?: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}): DesiredObject {
  const { resource, model, name, annotations = {}, outlives = false, fields } = options;
  const object: ObjectToWrite = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name,
      namespace: model.namespace,
      labels: clusterLabels(model.name),
      annotations,
      ...(outlives ? {} : { ownerReferences: [ownerReference(model)] }),
    },
    ...fields,
  };
  const marked = { ...annotations, [APPLIED_ANNOTATION]: contentDigest(object) };
  return {
    resource,
    object: {
      ...object,
      metadata: { ...object.metadata, namespace: model.namespace, annotations: marked },
    },
  };
}
