import { type Static, Type } from 'typebox';
import { quantitySchema } from './quantity.ts';
import { closed, rules } from './structural.ts';

function amounts(description: string) {
  return Type.Object(
    {
      cpu: Type.Optional(quantitySchema('Cores: 2, or 500m for half of one.')),
      memory: Type.Optional(quantitySchema('Bytes: 2Gi. At least 512Mi.')),
    },
    {
      ...closed,
      description,
      ...rules({
        rule: "!has(self.memory) || !isQuantity(string(self.memory)) || quantity(string(self.memory)).compareTo(quantity('512Mi')) >= 0",
        message: 'must be at least 512Mi: MySQL and its agent do not start with less',
        reason: 'FieldValueInvalid',
        fieldPath: '.memory',
      }),
    },
  );
}

function withinLimit(what: 'cpu' | 'memory') {
  return {
    rule:
      `!has(self.requests) || !has(self.requests.${what}) || !has(self.limits) || !has(self.limits.${what}) || ` +
      `!isQuantity(string(self.requests.${what})) || !isQuantity(string(self.limits.${what})) || ` +
      `quantity(string(self.requests.${what})).compareTo(quantity(string(self.limits.${what}))) <= 0`,
    message: `must be at most limits.${what}`,
    reason: 'FieldValueInvalid' as const,
    fieldPath: `.requests.${what}`,
  };
}

/** What a member's container asks for and may use. */
export const resourcesSchema = Type.Object(
  {
    requests: Type.Optional(amounts('What a node must have free for the member.')),
    limits: Type.Optional(amounts('What the member may use at most.')),
  },
  {
    ...closed,
    description:
      'CPU and memory of each member. InnoDB takes half of the memory limit for its buffer pool, ' +
      'unless mysql.config says otherwise; 128 MiB when there is no limit.',
    ...rules(withinLimit('cpu'), withinLimit('memory')),
  },
);

export type Resources = Static<typeof resourcesSchema>;
