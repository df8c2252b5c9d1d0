import { statefulSetName } from '@radondb/api';
import { ROLES } from '../runtime/resources.ts';
import { objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';

/** The one thing that members do with the Kubernetes API: their role labels. Nothing can be read. */
export function role(model: ClusterModel): DesiredObject {
  return objectOf({
    resource: ROLES,
    model,
    name: statefulSetName(model.name),
    fields: {
      rules: [
        {
          apiGroups: [''],
          resources: ['pods'],
          resourceNames: model.members.map((member) => member.name),
          verbs: ['patch'],
        },
      ],
    },
  });
}
