import { clusterLabels } from '@radondb/api';
import type { ObjectToWrite } from '../runtime/kube-object.ts';
import { CLUSTER_ID_LABEL, ownerReference } from './metadata.ts';
import type { ClusterModel } from './model.ts';
import { DATA_VOLUME } from './pod-template.ts';

/** Name of a member's claim, as the StatefulSet makes it. */
export function claimName(member: string): string {
  return `${DATA_VOLUME}-${member}`;
}

/**
 * What we own of a claim that the StatefulSet has made: its size, which grows, and whom it goes with. Owned by the MysqlCluster
 * it is deleted with it (reclaimPolicy Delete); owned by nobody it stays. So no finalizer of ours is needed, and none can hang.
 */
export function volumeClaim(model: ClusterModel, member: string): ObjectToWrite {
  const owners = model.storage.reclaimPolicy === 'Delete' ? [ownerReference(model)] : [];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(member),
      namespace: model.namespace,
      labels: { ...clusterLabels(model.name), [CLUSTER_ID_LABEL]: model.clusterId },
      ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    },
    spec: { resources: { requests: { storage: model.storage.size } } },
  };
}
