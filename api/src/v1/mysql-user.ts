import { type Static, Type } from 'typebox';
import { conditionsSchema, observedGenerationSchema } from './condition.ts';
import { API_VERSION } from './group.ts';
import { isReservedUserCel, USER_LENGTH, userMessage } from './identifiers.ts';
import { metadataOf } from './metadata.ts';
import { mysqlUserSpecSchema } from './mysql-user-spec.ts';
import { closed, listSet, rules } from './structural.ts';
import { objectNameSchema } from './values.ts';

export const MYSQL_USER_KIND = 'MysqlUser';

const mysqlUserStatusSchema = Type.Object(
  {
    observedGeneration: Type.Optional(observedGenerationSchema),
    conditions: Type.Optional(conditionsSchema),
    accounts: Type.Optional(
      Type.Array(Type.String(), {
        ...listSet,
        description: "Accounts that exist for this object: 'app'@'%'.",
      }),
    ),
    passwordVersion: Type.Optional(
      Type.String({ description: 'resourceVersion of the Secret whose password is in force.' }),
    ),
  },
  { description: 'What was seen of the account.' },
);

const user = (self: string): string =>
  `(has(${self}.spec.user) ? ${self}.spec.user : ${self}.metadata.name)`;

/** The schema is the source of the type, of the checks and of the CRD. */
export const mysqlUserSchema = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal(MYSQL_USER_KIND),
    metadata: metadataOf(objectNameSchema),
    spec: mysqlUserSpecSchema,
    status: Type.Optional(mysqlUserStatusSchema),
  },
  {
    ...closed,
    description: 'An account of a MysqlCluster: hosts, grants, TLS, limits, password.',
    ...rules(
      {
        rule: `${user('self')} == ${user('oldSelf')}`,
        message: 'cannot be changed: put it back, and make another MysqlUser for the other name',
        reason: 'FieldValueForbidden',
        fieldPath: '.spec.user',
      },
      {
        rule: `size(${user('self')}) <= ${USER_LENGTH}`,
        message: `${userMessage}: the object's name is longer, so write spec.user`,
        reason: 'FieldValueInvalid',
        fieldPath: '.spec.user',
      },
      {
        rule: `!${isReservedUserCel(user('self'))}`,
        message:
          'is an account of the server or of the operator (root, mysql.…, radondb_…): take another name',
        reason: 'FieldValueForbidden',
        fieldPath: '.spec.user',
      },
    ),
  },
);

/** An account as a person writes it. */
export type MysqlUser = Static<typeof mysqlUserSchema>;
export type MysqlUserStatus = Static<typeof mysqlUserStatusSchema>;
export type { Grant } from './grants.ts';
export type { MysqlUserSpec } from './mysql-user-spec.ts';
