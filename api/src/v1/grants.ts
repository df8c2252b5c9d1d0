import { type Static, Type } from 'typebox';
import {
  IDENTIFIER_LENGTH,
  IDENTIFIER_PATTERN,
  identifierMessage,
  isReservedSchemaCel,
} from './identifiers.ts';
import { COLUMN_PRIVILEGES, FORBIDDEN_PRIVILEGES } from './privileges.ts';
import { closed, listAtomic, listSet, rules } from './structural.ts';

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

const targetSchema = Type.Object(
  {
    schema: Type.String({
      minLength: 1,
      maxLength: IDENTIFIER_LENGTH,
      pattern: `^\\*$|${IDENTIFIER_PATTERN}`,
      description:
        "A schema, taken literally, or *: every schema but the server's and the operator's own, and what is granted on no schema.",
      'x-radondb-message': `${identifierMessage}; or "*" alone`,
      ...rules({
        rule: `!(${isReservedSchemaCel('self')})`,
        message: 'is a schema of the server or of the operator: nobody is given rights there',
        reason: 'FieldValueForbidden',
      }),
    }),
    table: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: IDENTIFIER_LENGTH,
        pattern: IDENTIFIER_PATTERN,
        description: 'A table or view. Absent: the whole schema.',
        'x-radondb-message': identifierMessage,
      }),
    ),
    columns: Type.Optional(
      Type.Array(
        Type.String({
          minLength: 1,
          maxLength: IDENTIFIER_LENGTH,
          pattern: IDENTIFIER_PATTERN,
          'x-radondb-message': identifierMessage,
        }),
        {
          minItems: 1,
          maxItems: 64,
          ...listSet,
          description: 'Columns of the table. Absent: the whole table.',
        },
      ),
    ),
  },
  {
    ...closed,
    description: 'Where.',
    ...rules(
      {
        rule: "!has(self.table) || self.schema != '*'",
        message: 'needs one schema: name it in place of *',
        reason: 'FieldValueInvalid',
        fieldPath: '.table',
      },
      {
        rule: '!has(self.columns) || has(self.table)',
        message: 'need a table: add it beside schema',
        reason: 'FieldValueInvalid',
        fieldPath: '.columns',
      },
    ),
  },
);

const grantSchema = Type.Object(
  {
    privileges: Type.Array(
      Type.String({
        minLength: 1,
        maxLength: 32,
        pattern: '^[A-Z]+([ _][A-Z]+)*$',
        'x-radondb-message': 'must be a privilege in capitals, as SELECT or SHOW VIEW',
      }),
      {
        minItems: 1,
        maxItems: 64,
        ...listSet,
        description:
          'Privileges, in capitals: SELECT, CREATE VIEW, ALL. Those that would pass what keeps acknowledged writes safe are refused.',
        ...rules({
          rule: `self.all(name, !(name in [${quoted(Object.keys(FORBIDDEN_PRIVILEGES))}]))`,
          message: `must not hold one that can get past the fence or harm replication: ${Object.keys(FORBIDDEN_PRIVILEGES).join(', ')}`,
          reason: 'FieldValueForbidden',
        }),
      },
    ),
    on: targetSchema,
    withGrantOption: Type.Optional(
      Type.Boolean({ description: 'Whether the account may hand them on. Default: false.' }),
    ),
  },
  {
    ...closed,
    description: 'Privileges in one place.',
    ...rules(
      {
        rule: "self.on.schema != '*' || !('ALL' in self.privileges)",
        message:
          'must name the privileges: ALL on every schema would hold those that get past the fence',
        reason: 'FieldValueForbidden',
        fieldPath: '.privileges',
      },
      {
        rule: `!has(self.on.columns) || self.privileges.all(name, name in [${quoted(COLUMN_PRIVILEGES)}])`,
        message: `must be of ${COLUMN_PRIVILEGES.join(', ')} for columns`,
        reason: 'FieldValueInvalid',
        fieldPath: '.privileges',
      },
    ),
  },
);

export const grantsSchema = Type.Array(grantSchema, {
  maxItems: 64,
  ...listAtomic,
  description:
    'What the account may do. What is not declared here is revoked. Default: nothing but to log in.',
});

export type Grant = Static<typeof grantSchema>;
