import type { FieldProblem } from '../schema/field-problem.ts';
import type { MysqlCluster } from '../v1/mysql-cluster.ts';
import type { FieldWarning } from './rule.ts';

/** Fields that only Kubernetes can make true: on one machine there is nothing that they could mean. */
export const IGNORED_LOCALLY: readonly string[] = [
  'spec.mysql.image',
  'spec.mysql.resources',
  'spec.storage',
  'spec.accounts',
  'spec.routing',
  'spec.pod',
  'spec.paused',
  'spec.deletionProtection',
];

export function warnOfIgnored(cluster: MysqlCluster): readonly FieldWarning[] {
  return IGNORED_LOCALLY.filter((path) => hasField(cluster, path.split('.'))).map((field) => ({
    field,
    message: 'has no effect without Kubernetes',
  }));
}

/** What Kubernetes can do and one machine cannot. */
export function checkLocal(cluster: MysqlCluster): readonly FieldProblem[] {
  if (cluster.spec.replicas !== 0) return [];
  return [
    {
      field: 'spec.replicas',
      reason: 'FieldValueNotSupported',
      message: 'cannot be 0 without Kubernetes: radondb down stops the cluster and keeps its data',
    },
  ];
}

function hasField(value: unknown, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return true;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false;
  return hasField(Reflect.get(value, name), rest);
}
