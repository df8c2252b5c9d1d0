import { type Static, Type } from 'typebox';
import { CHARACTER_SETS } from './character-sets.ts';
import { clusterRefSchema } from './cluster-ref.ts';
import { conditionsSchema, observedGenerationSchema } from './condition.ts';
import { API_VERSION } from './group.ts';
import {
  IDENTIFIER_LENGTH,
  IDENTIFIER_PATTERN,
  identifierMessage,
  isReservedSchemaCel,
} from './identifiers.ts';
import { metadataOf } from './metadata.ts';
import { closed, rules } from './structural.ts';
import { objectNameSchema } from './values.ts';

export const MYSQL_DATABASE_KIND = 'MysqlDatabase';

const mysqlDatabaseSpecSchema = Type.Object(
  {
    clusterRef: clusterRefSchema,
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: IDENTIFIER_LENGTH,
        pattern: IDENTIFIER_PATTERN,
        description: "Name of the schema; cannot be changed. Default: the object's name.",
        'x-radondb-message': identifierMessage,
      }),
    ),
    characterSet: Type.Optional(
      Type.Enum([...CHARACTER_SETS], {
        type: 'string',
        default: 'utf8mb4',
        description: 'Character set of new tables.',
      }),
    ),
    collation: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: '^[a-z0-9]+(_[a-z0-9]+)*$',
        description: "Collation of new tables. Absent: the character set's own.",
        'x-radondb-message': 'must be the name of a collation, as utf8mb4_0900_ai_ci',
      }),
    ),
    reclaimPolicy: Type.Optional(
      Type.Enum(['Retain', 'Delete'], {
        type: 'string',
        default: 'Retain',
        description:
          'What becomes of the schema and all its tables when the MysqlDatabase is deleted.',
      }),
    ),
  },
  {
    ...closed,
    description: 'What the schema should be.',
    ...rules({
      rule: "!has(self.collation) || !has(self.characterSet) || self.collation == self.characterSet || self.collation.startsWith(self.characterSet + '_')",
      message: 'must be a collation of the character set: its name begins with it',
      reason: 'FieldValueInvalid',
      fieldPath: '.collation',
    }),
  },
);

const mysqlDatabaseStatusSchema = Type.Object(
  {
    observedGeneration: Type.Optional(observedGenerationSchema),
    conditions: Type.Optional(conditionsSchema),
    schema: Type.Optional(Type.String({ description: 'The schema that exists for this object.' })),
  },
  { description: 'What was seen of the schema.' },
);

const schemaName = (self: string): string =>
  `(has(${self}.spec.name) ? ${self}.spec.name : ${self}.metadata.name)`;

/** The schema is the source of the type, of the checks and of the CRD. */
export const mysqlDatabaseSchema = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal(MYSQL_DATABASE_KIND),
    metadata: metadataOf(objectNameSchema),
    spec: mysqlDatabaseSpecSchema,
    status: Type.Optional(mysqlDatabaseStatusSchema),
  },
  {
    ...closed,
    description: 'A schema of a MysqlCluster: character set, collation, reclaim policy.',
    ...rules(
      {
        rule: `${schemaName('self')} == ${schemaName('oldSelf')}`,
        message:
          'cannot be changed: put it back, and make another MysqlDatabase for the other name',
        reason: 'FieldValueForbidden',
        fieldPath: '.spec.name',
      },
      {
        rule: `size(${schemaName('self')}) <= ${IDENTIFIER_LENGTH}`,
        message: `${identifierMessage}: the object's name is longer, so write spec.name`,
        reason: 'FieldValueInvalid',
        fieldPath: '.spec.name',
      },
      {
        rule: `!(${isReservedSchemaCel(schemaName('self'))})`,
        message: 'is a schema of the server or of the operator: take another name',
        reason: 'FieldValueForbidden',
        fieldPath: '.spec.name',
      },
    ),
  },
);

/** A schema as a person writes it. */
export type MysqlDatabase = Static<typeof mysqlDatabaseSchema>;
export type MysqlDatabaseSpec = Static<typeof mysqlDatabaseSpecSchema>;
export type MysqlDatabaseStatus = Static<typeof mysqlDatabaseStatusSchema>;
