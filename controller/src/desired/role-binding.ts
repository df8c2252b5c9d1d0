import { statefulSetName } from '@radondb/api';
import { ROLE_BINDINGS } from '../runtime/resources.ts';
import { objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';

export function roleBinding(model: ClusterModel): DesiredObject {
  const name = statefulSetName(model.name);
  return objectOf({
    resource: ROLE_BINDINGS,
    model,
    name,
    fields: {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: model.namespace }],
    },
  });
}
