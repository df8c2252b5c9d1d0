import { clusterLabels, membersServiceName, statefulSetName } from '@radondb/api';
import { STATEFUL_SETS } from '../runtime/resources.ts';
import { CLUSTER_ID_LABEL, memberSelector, objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';
import { DATA_VOLUME, podTemplate } from './pod-template.ts';

/**
 * The members. OnDelete: the controller restarts them in its order. Parallel: they need each other to become ready. Volumes stay
 * whatever becomes of the StatefulSet; the spec's reclaimPolicy is kept on the claims themselves.
 */
export function statefulSet(model: ClusterModel): DesiredObject {
  return objectOf({
    resource: STATEFUL_SETS,
    model,
    name: statefulSetName(model.name),
    fields: {
      spec: {
        replicas: model.running,
        serviceName: membersServiceName(model.name),
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'OnDelete' },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        revisionHistoryLimit: 2,
        selector: { matchLabels: memberSelector(model) },
        template: podTemplate(model),
        volumeClaimTemplates: [claimTemplate(model)],
      },
    },
  });
}

function claimTemplate(model: ClusterModel) {
  const { size, className } = model.storage;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: DATA_VOLUME,
      labels: { ...clusterLabels(model.name), [CLUSTER_ID_LABEL]: model.clusterId },
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(className === null ? {} : { storageClassName: className }),
      resources: { requests: { storage: size } },
    },
  };
}
