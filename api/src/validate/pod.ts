import { type FieldProblem, fieldPath } from '../schema/field-problem.ts';
import { RESERVED_LABELS, RESERVED_PREFIX } from '../v1/pod.ts';
import { checkSelectorsIn } from './label-selector.ts';
import type { ProblemRule } from './rule.ts';

/** Services and the StatefulSet select by these: a person's value would tear the cluster apart. */
export const checkPodKeys: ProblemRule = ({ spec: { pod } }) =>
  (['labels', 'annotations'] as const).flatMap((part) =>
    Object.keys(pod[part])
      .filter((key) => key.startsWith(RESERVED_PREFIX) || RESERVED_LABELS.includes(key))
      .map((key) => ({
        field: fieldPath(['spec', 'pod', part, key]),
        reason: 'FieldValueForbidden',
        message: 'is set by the operator: use another key',
      })),
  );

export const checkTolerations: ProblemRule = ({ spec }) =>
  spec.pod.tolerations.flatMap((toleration, index) => {
    const { key = '', operator, value = '', effect, tolerationSeconds } = toleration;
    const problems: FieldProblem[] = [];
    const add = (name: string, reason: FieldProblem['reason'], message: string): void => {
      problems.push({ field: `spec.pod.tolerations[${index}].${name}`, reason, message });
    };
    if (operator === 'Exists' && value !== '') {
      add('value', 'FieldValueForbidden', 'Exists takes no value: remove it, or use Equal');
    }
    if (operator !== 'Exists' && key === '') {
      add('key', 'FieldValueRequired', 'must be there unless the operator is Exists');
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      add('tolerationSeconds', 'FieldValueForbidden', 'goes with the effect NoExecute only');
    }
    return problems;
  });

export const checkSpread: ProblemRule = ({ spec }) => {
  const seen = new Set<string>();
  return spec.pod.topologySpreadConstraints.flatMap((spread, index) => {
    const key = `${spread.topologyKey} ${spread.whenUnsatisfiable}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [
      {
        field: `spec.pod.topologySpreadConstraints[${index}]`,
        reason: 'FieldValueDuplicate' as const,
        message: `there is one for ${spread.topologyKey} with ${spread.whenUnsatisfiable} already: keep one`,
      },
    ];
  });
};

export const checkSelectors: ProblemRule = ({ spec }) => [
  ...checkSelectorsIn(spec.pod.affinity, 'spec.pod.affinity'),
  ...checkSelectorsIn(spec.accounts, 'spec.accounts'),
];
