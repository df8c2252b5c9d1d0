import { statefulSetName } from '@radondb/api';
import { POD_DISRUPTION_BUDGETS } from '../runtime/resources.ts';
import { memberSelector, objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';

/** Nodes are drained one member at a time. */
export function podDisruptionBudget(model: ClusterModel): DesiredObject {
  return objectOf({
    resource: POD_DISRUPTION_BUDGETS,
    model,
    name: statefulSetName(model.name),
    fields: { spec: { maxUnavailable: 1, selector: { matchLabels: memberSelector(model) } } },
  });
}
