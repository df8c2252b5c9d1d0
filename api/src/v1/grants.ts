import { type Static, Type } from 'typebox';
import { IDENTIFIER_LENGTH, IDENTIFIER_PATTERN, identifierMessage } from './identifiers.ts';
import { COLUMN_PRIVILEGES, FORBIDDEN_PRIVILEGES, SYSTEM_SCHEMA_PRIVILEGES } from './privileges.ts';
import { type CelRule, closed, listAtomic, listSet, rules } from './structural.ts';

const quoted = (names: Iterable<string>): string =>
  [...names].map((name) => `'${name}'`).join(', ');

const SYSTEM_SCHEMAS = [...SYSTEM_SCHEMA_PRIVILEGES];
const CLOSED_SCHEMAS = SYSTEM_SCHEMAS.filter(([, may]) => may.length === 0).map(([name]) => name);
const READABLE_SCHEMAS = SYSTEM_SCHEMAS.filter(([, may]) => may.length > 0);

/** One rule a reason, so that the API server can tell it. */
const NEVER_GRANTED: readonly CelRule[] = [...new Set(FORBIDDEN_PRIVILEGES.values())].map((why) => {
  const names = [...FORBIDDEN_PRIVILEGES].flatMap(([name, its]) => (its === why ? [name] : []));
  return {
    rule: `!(self in [${quoted(names)}])`,
    message: `is never granted, because it ${why}: remove it`,
    reason: 'FieldValueForbidden',
  };
});

const grantSchema = Type.Object(
  {
    privileges: Type.Array(
      Type.String({
        minLength: 1,
        maxLength: 32,
        pattern: '^[A-Z]+([ _][A-Z]+)*$',
        'x-radondb-message': 'must be a privilege in capitals, as SELECT or SHOW VIEW',
        ...rules(...NEVER_GRANTED),
      }),
      {
        minItems: 1,
        maxItems: 64,
        ...listSet,
        description:
          'Privileges, in capitals: SELECT, CREATE VIEW. ALL is everything that a schema can have. Those that lead past what keeps acknowledged writes safe are refused.',
      },
    ),
    schema: Type.String({
      minLength: 1,
      maxLength: IDENTIFIER_LENGTH,
      pattern: `^\\*$|${IDENTIFIER_PATTERN}`,
      description:
        "A schema, taken literally, or *: all but the server's and the operator's own, which are at most read.",
      'x-radondb-message': `${identifierMessage}; or "*" alone`,
      ...rules({
        rule: `!(self.lowerAscii() in [${quoted(CLOSED_SCHEMAS)}])`,
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
    withGrantOption: Type.Optional(
      Type.Boolean({
        description:
          'Whether the account may hand them on; the same in all grants in one place. Default: false.',
      }),
    ),
  },
  {
    ...closed,
    description: 'Privileges in one place.',
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
      ...READABLE_SCHEMAS.map(([name, may]) => ({
        rule: `self.schema.lowerAscii() != '${name}' || self.privileges.all(name, name in [${quoted([...may, 'ALL'])}])`,
        message: `must be of ${may.join(', ')} on ${name}, which is the server's`,
        reason: 'FieldValueForbidden' as const,
        fieldPath: '.privileges',
      })),
      {
        rule: `!has(self.columns) || self.privileges.all(name, name in [${quoted([...COLUMN_PRIVILEGES, 'ALL'])}])`,
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
