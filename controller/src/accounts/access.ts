/** Which namespaces may name a cluster: the cluster decides. Pure. */
import type { AccountNamespaces } from '@radondb/api/v1/accounts';
import type { LabelRequirement, LabelSelector } from '@radondb/api/v1/label-selector';

/** `labels`: of the namespace that asks; undefined: it is not known, and matches no selector. */
export function isNamespaceAllowed(
  allowed: AccountNamespaces | undefined,
  cluster: { readonly namespace: string },
  asking: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>> | undefined;
  },
): boolean {
  if (asking.namespace === cluster.namespace) return true;
  switch (allowed?.from ?? 'Same') {
    case 'All':
      return true;
    case 'Selector':
      return (
        asking.labels !== undefined &&
        allowed?.selector !== undefined &&
        matchesSelector(allowed.selector, asking.labels)
      );
    case 'Same':
      return false;
  }
}

/** As Kubernetes has it: all requirements hold; an empty selector selects everything. */
export function matchesSelector(
  { matchLabels, matchExpressions }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labelOf(labels, key) === value) &&
    (matchExpressions ?? []).every((requirement) => holds(requirement, labels))
  );
}

function holds(
  { key, operator, values }: LabelRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labelOf(labels, key);
  const isListed = value !== undefined && (values ?? []).includes(value);
  switch (operator) {
    case 'In':
      return isListed;
    case 'NotIn':
      return !isListed;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
