import type { CompleteMysqlDatabase } from '../defaults/mysql-database.ts';
import { IDENTIFIER_LENGTH, identifierMessage, RESERVED_SCHEMAS } from '../v1/identifiers.ts';
import type { ChangeRule, DatabaseRule } from './rule.ts';

const FIELD = 'spec.name';

/** The object's name stands in for `spec.name`, and may be too long. */
export const checkSchemaName: DatabaseRule = ({ spec: { name } }) => {
  if (RESERVED_SCHEMAS.some((reserved) => reserved === name.toLowerCase())) {
    return [
      {
        field: FIELD,
        reason: 'FieldValueForbidden',
        message: `${name} is a schema of the server or of the operator: take another name`,
      },
    ];
  }
  if (name.length <= IDENTIFIER_LENGTH) return [];
  return [
    {
      field: FIELD,
      reason: 'FieldValueInvalid',
      message: `${identifierMessage}, not ${JSON.stringify(name)}`,
    },
  ];
};

export const checkSchemaNameKept: ChangeRule<CompleteMysqlDatabase> = (before, after) =>
  before.spec.name === after.spec.name
    ? []
    : [
        {
          field: FIELD,
          reason: 'FieldValueForbidden',
          message: `cannot be changed: put ${before.spec.name} back, and make another MysqlDatabase for the other name`,
        },
      ];

export const checkCollation: DatabaseRule = ({ spec: { characterSet, collation } }) =>
  collation === undefined || collation === characterSet || collation.startsWith(`${characterSet}_`)
    ? []
    : [
        {
          field: 'spec.collation',
          reason: 'FieldValueInvalid',
          message: `must be a collation of ${characterSet}: its name begins with ${characterSet}_`,
        },
      ];
