import type { FieldProblem } from '../schema/field-problem.ts';
import type { LabelSelector } from '../v1/label-selector.ts';

/** Every selector in a value, wherever it is: `matchExpressions` are found by their name. */
export function checkSelectorsIn(value: unknown, field: string): readonly FieldProblem[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => checkSelectorsIn(item, `${field}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    name === 'labelSelector' || name === 'namespaceSelector' || name === 'selector'
      ? checkSelector(child as LabelSelector, `${field}.${name}`)
      : checkSelectorsIn(child, `${field}.${name}`),
  );
}

function checkSelector(selector: LabelSelector, field: string): readonly FieldProblem[] {
  return (selector.matchExpressions ?? []).flatMap(({ operator, values }, index) => {
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues === (values ?? []).length > 0) return [];
    return [
      {
        field: `${field}.matchExpressions[${index}].values`,
        reason: 'FieldValueInvalid' as const,
        message: 'In and NotIn need values, Exists and DoesNotExist take none',
      },
    ];
  });
}
