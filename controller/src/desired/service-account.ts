import { statefulSetName } from '@radondb/api';
import { SERVICE_ACCOUNTS } from '../runtime/resources.ts';
import { objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';

/** Who the members are to the Kubernetes API. */
export function serviceAccount(model: ClusterModel): DesiredObject {
  return objectOf({
    resource: SERVICE_ACCOUNTS,
    model,
    name: statefulSetName(model.name),
    fields: { automountServiceAccountToken: false },
  });
}
