import type { FieldProblem } from '../schema/field-problem.ts';
import type { ClusterReference } from '../v1/cluster-ref.ts';

/** As written: what the cluster's namespace is when it is not said does not change either. */
export function checkClusterKept(
  before: ClusterReference,
  after: ClusterReference,
): readonly FieldProblem[] {
  if (before.name === after.name && before.namespace === after.namespace) return [];
  const old = [before.namespace, before.name].filter((part) => part !== undefined).join('/');
  return [
    {
      field: 'spec.clusterRef',
      reason: 'FieldValueForbidden',
      message: `cannot be changed: put ${old} back, and make another object for the other cluster`,
    },
  ];
}
