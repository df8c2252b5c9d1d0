import { type Static, Type } from 'typebox';
import { affinitySchema } from './affinity.ts';
import { labelKey, labelValue } from './labels.ts';
import { type CelRule, closed, listAtomic, listMap, rules } from './structural.ts';
import { textMap } from './text-map.ts';

/** Labels with these are the operator's: Services and the StatefulSet select by them. */
export const RESERVED_LABELS = [
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
];
export const RESERVED_PREFIX = 'radondb.com/';

const noReservedKeys: CelRule = {
  rule:
    `self.all(key, !key.startsWith('${RESERVED_PREFIX}') && ` +
    `!(key in [${RESERVED_LABELS.map((name) => `'${name}'`).join(', ')}]))`,
  message: `${RESERVED_PREFIX}… and ${RESERVED_LABELS.join(', ')} are set by the operator: use other keys`,
  reason: 'FieldValueForbidden',
};

const tolerationSchema = Type.Object(
  {
    key: Type.Optional(
      Type.String({ ...labelKey, description: 'Taint. Absent with Exists: every taint.' }),
    ),
    operator: Type.Optional(
      Type.Enum(['Equal', 'Exists'], {
        type: 'string',
        description: 'Whether the value counts. Absent: Equal.',
      }),
    ),
    value: Type.Optional(Type.String({ ...labelValue, description: 'Value for Equal.' })),
    effect: Type.Optional(
      Type.Enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], {
        type: 'string',
        description: 'Effect of the taint. Absent: every effect.',
      }),
    ),
    tolerationSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2_147_483_647,
        description: 'How long a NoExecute taint is tolerated. Absent: for ever.',
      }),
    ),
  },
  {
    ...closed,
    description: 'One taint that is tolerated.',
    ...rules(
      {
        rule: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
        message: 'Exists takes no value: remove it, or use Equal',
        reason: 'FieldValueForbidden',
        fieldPath: '.value',
      },
      {
        rule: "(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')",
        message: 'must be there unless the operator is Exists',
        reason: 'FieldValueRequired',
        fieldPath: '.key',
      },
      {
        rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
        message: 'goes with the effect NoExecute only',
        reason: 'FieldValueForbidden',
        fieldPath: '.tolerationSeconds',
      },
    ),
  },
);

const spreadSchema = Type.Object(
  {
    topologyKey: Type.String({
      ...labelKey,
      description: 'Label of nodes, as topology.kubernetes.io/zone.',
    }),
    whenUnsatisfiable: Type.Enum(['DoNotSchedule', 'ScheduleAnyway'], {
      type: 'string',
      description: 'What happens to a member that cannot be placed so.',
    }),
    maxSkew: Type.Integer({
      minimum: 1,
      maximum: 7,
      description: 'By how many members two places may differ.',
    }),
  },
  { ...closed, description: "How members are spread. Their labels are the operator's concern." },
);

/** The part of a pod that a person may shape. */
export const podSchema = Type.Object(
  {
    labels: Type.Optional(textMap('labels', 'More labels for the pods.', noReservedKeys)),
    annotations: Type.Optional(textMap('annotations', 'Annotations for the pods.', noReservedKeys)),
    nodeSelector: Type.Optional(textMap('labels', 'Labels that a node must have.')),
    affinity: Type.Optional(affinitySchema),
    tolerations: Type.Optional(
      Type.Array(tolerationSchema, {
        maxItems: 32,
        ...listAtomic,
        description: 'Taints of nodes that members tolerate.',
      }),
    ),
    topologySpreadConstraints: Type.Optional(
      Type.Array(spreadSchema, {
        maxItems: 8,
        ...listMap('topologyKey', 'whenUnsatisfiable'),
        description:
          'How members are spread. Absent: over nodes and over zones as evenly as can be. [] leaves it to the scheduler.',
      }),
    ),
    priorityClassName: Type.Optional(
      Type.String({
        maxLength: 253,
        pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
        description: 'PriorityClass of the pods. Change it and the members are restarted in turn.',
        'x-radondb-message':
          'must be the name of a PriorityClass: lower case letters, digits, "-" and "."',
      }),
    ),
  },
  { ...closed, description: "The members' pods: what may be set of them." },
);

export type PodShape = Static<typeof podSchema>;
export type Toleration = Static<typeof tolerationSchema>;
export type TopologySpread = Static<typeof spreadSchema>;
