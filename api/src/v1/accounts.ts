import { type Static, Type } from 'typebox';
import { labelSelectorSchema } from './label-selector.ts';
import { closed, rules } from './structural.ts';

const namespacesSchema = Type.Object(
  {
    from: Type.Optional(
      Type.Enum(['Same', 'All', 'Selector'], {
        type: 'string',
        default: 'Same',
        description: "Same: the cluster's own namespace. Selector: its own, and those selected.",
      }),
    ),
    selector: Type.Optional(
      labelSelectorSchema('Which namespaces, by their labels. Only with from: Selector.'),
    ),
  },
  {
    ...closed,
    description: 'Namespaces whose MysqlUsers and MysqlDatabases may name this cluster.',
    ...rules({
      rule: "has(self.selector) == (has(self.from) && self.from == 'Selector')",
      message: 'goes with from: Selector, and only with it',
      reason: 'FieldValueInvalid',
      fieldPath: '.selector',
    }),
  },
);

/** Who may have accounts and schemas made here: the cluster decides, not who asks. */
export const accountsSchema = Type.Object(
  { namespaces: Type.Optional(namespacesSchema) },
  { ...closed, description: 'Who may declare accounts and schemas of this cluster.' },
);

export type AccountNamespaces = Static<typeof namespacesSchema>;
