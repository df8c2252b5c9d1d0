import { type Static, Type } from 'typebox';
import { listMap } from './structural.ts';

const conditionSchema = Type.Object(
  {
    type: Type.String({ description: 'What it is about.' }),
    status: Type.Enum(['True', 'False', 'Unknown'], {
      type: 'string',
      description: 'Whether it holds.',
    }),
    reason: Type.String({ description: 'CamelCase, stable; for programs.' }),
    message: Type.String({ description: 'For people; says what to do next.' }),
    lastTransitionTime: Type.String({
      description: 'When the status last changed (RFC 3339).',
    }),
    observedGeneration: Type.Optional(
      Type.Integer({ description: 'Generation of the spec that it is about.' }),
    ),
  },
  { description: 'One thing that holds or does not.' },
);

/** `status.conditions` of every kind. */
export const conditionsSchema = Type.Array(conditionSchema, {
  ...listMap('type'),
  description: 'What holds now; Ready, Reconciling and Stalled as kstatus means them.',
});

export const observedGenerationSchema = Type.Integer({
  description: 'Generation of the spec that this status is about.',
});

export type Condition = Static<typeof conditionSchema>;
