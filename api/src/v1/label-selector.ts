import { type Static, Type } from 'typebox';
import { labelKey, labelValue } from './labels.ts';
import { closed, listAtomic, rules } from './structural.ts';
import { textMap } from './text-map.ts';

/** `x-kubernetes-list-type: atomic` texts, as label values are. */
export function labelValues(description: string) {
  return Type.Array(Type.String(labelValue), { maxItems: 32, ...listAtomic, description });
}

const labelRequirementSchema = Type.Object(
  {
    key: Type.String({ ...labelKey, description: 'Label.' }),
    operator: Type.Enum(['In', 'NotIn', 'Exists', 'DoesNotExist'], {
      type: 'string',
      description: 'How the label is compared.',
    }),
    values: Type.Optional(labelValues('Values for In and NotIn; none for the others.')),
  },
  {
    ...closed,
    description: 'One requirement of a label.',
    ...rules({
      rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
      message: 'In and NotIn need values, Exists and DoesNotExist take none',
      reason: 'FieldValueInvalid',
      fieldPath: '.values',
    }),
  },
);

/** Kubernetes' LabelSelector. An empty one selects everything. */
export function labelSelectorSchema(description: string) {
  return Type.Object(
    {
      matchLabels: Type.Optional(textMap('labels', 'Labels that must have these values.')),
      matchExpressions: Type.Optional(
        Type.Array(labelRequirementSchema, {
          maxItems: 16,
          ...listAtomic,
          description: 'Requirements that must all hold.',
        }),
      ),
    },
    { ...closed, description },
  );
}

export type LabelSelector = Static<ReturnType<typeof labelSelectorSchema>>;
export type LabelRequirement = Static<typeof labelRequirementSchema>;
