import { type Static, Type } from 'typebox';
import { closed, listAtomic, rules, textMap } from './structural.ts';

const key = (description: string) => Type.String({ minLength: 1, maxLength: 317, description });

/** `x-kubernetes-list-type: atomic` texts, as label values are. */
export function labelValues(description: string) {
  return Type.Array(Type.String({ maxLength: 253 }), { maxItems: 64, ...listAtomic, description });
}

const labelRequirementSchema = Type.Object(
  {
    key: key('Label.'),
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
      matchLabels: Type.Optional(
        textMap({
          description: 'Labels that must have these values.',
          maxProperties: 32,
          maxLength: 63,
        }),
      ),
      matchExpressions: Type.Optional(
        Type.Array(labelRequirementSchema, {
          maxItems: 32,
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
