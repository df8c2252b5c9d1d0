import { type Static, Type } from 'typebox';
import { labelSelectorSchema, labelValues } from './label-selector.ts';
import { labelKey } from './labels.ts';
import { closed, listAtomic } from './structural.ts';

const weight = Type.Integer({ minimum: 1, maximum: 100, description: 'How much it counts.' });

function list<Item extends Parameters<typeof Type.Array>[0]>(item: Item, description: string) {
  return Type.Optional(Type.Array(item, { maxItems: 8, ...listAtomic, description }));
}

const nodeRequirementSchema = Type.Object(
  {
    key: Type.String({ ...labelKey, description: 'Label or field of the node.' }),
    operator: Type.Enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'], {
      type: 'string',
      description: 'How it is compared.',
    }),
    values: Type.Optional(labelValues('Values to compare with.')),
  },
  { ...closed, description: 'One requirement of a node.' },
);

const nodeTermSchema = Type.Object(
  {
    matchExpressions: list(nodeRequirementSchema, 'Requirements of the labels; all must hold.'),
    matchFields: list(nodeRequirementSchema, 'Requirements of the fields; all must hold.'),
  },
  { ...closed, description: 'Nodes that meet all of these requirements.' },
);

const nodeAffinitySchema = Type.Object(
  {
    requiredDuringSchedulingIgnoredDuringExecution: Type.Optional(
      Type.Object(
        {
          nodeSelectorTerms: Type.Array(nodeTermSchema, {
            minItems: 1,
            maxItems: 8,
            ...listAtomic,
            description: 'Any of these.',
          }),
        },
        { ...closed, description: 'Nodes on which members may run.' },
      ),
    ),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      Type.Object(
        { weight, preference: nodeTermSchema },
        { ...closed, description: 'One preference.' },
      ),
      'Nodes on which members should run.',
    ),
  },
  { ...closed, description: 'Which nodes.' },
);

const podTermSchema = Type.Object(
  {
    labelSelector: Type.Optional(labelSelectorSchema('Which pods.')),
    namespaceSelector: Type.Optional(labelSelectorSchema('Namespaces of those pods, by label.')),
    namespaces: list(
      Type.String({ minLength: 1, maxLength: 63 }),
      "Namespaces of those pods, by name. Default: the cluster's.",
    ),
    topologyKey: Type.String({
      ...labelKey,
      description: 'Label of nodes that says what counts as the same place.',
    }),
  },
  { ...closed, description: 'Pods, and what counts as the same place.' },
);

function podAffinitySchema(description: string) {
  return Type.Object(
    {
      requiredDuringSchedulingIgnoredDuringExecution: list(podTermSchema, 'Must hold.'),
      preferredDuringSchedulingIgnoredDuringExecution: list(
        Type.Object(
          { weight, podAffinityTerm: podTermSchema },
          { ...closed, description: 'One preference.' },
        ),
        'Should hold.',
      ),
    },
    { ...closed, description },
  );
}

/** Kubernetes' Affinity, handed to the pods as it is. */
export const affinitySchema = Type.Object(
  {
    nodeAffinity: Type.Optional(nodeAffinitySchema),
    podAffinity: Type.Optional(podAffinitySchema('Near which pods.')),
    podAntiAffinity: Type.Optional(podAffinitySchema('Away from which pods.')),
  },
  { ...closed, description: "Where members run; as in a pod's affinity." },
);

export type Affinity = Static<typeof affinitySchema>;
