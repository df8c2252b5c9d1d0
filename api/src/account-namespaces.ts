import type { CompleteMysqlCluster } from './defaults/mysql-cluster.ts';
import type { LabelRequirement, LabelSelector } from './v1/label-selector.ts';

/** A namespace and its labels. */
export interface NamespaceView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether MysqlUsers and MysqlDatabases of that namespace may name the cluster: it decides itself. */
export function mayNameCluster(cluster: CompleteMysqlCluster, namespace: NamespaceView): boolean {
  const { from, selector } = cluster.spec.accounts.namespaces;
  if (namespace.name === (cluster.metadata.namespace ?? 'default')) return true;
  if (from === 'All') return true;
  // A selector that is missing selects nothing, as no rule of ours would have let it in.
  return from === 'Selector' && selector !== undefined && selects(selector, namespace.labels);
}

/** Kubernetes' label selection: everything that it says must hold. */
export function selects(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  const equal = Object.entries(selector.matchLabels ?? {});
  return (
    equal.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
    (selector.matchExpressions ?? []).every((requirement) => holds(requirement, labels))
  );
}

function holds(
  { key, operator, values = [] }: LabelRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
