import { type Static, Type } from 'typebox';
import { closed, rules } from './structural.ts';

/** Which cluster an account or a schema is of. */
export const clusterRefSchema = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 40,
      pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$',
      description: 'Name of the MysqlCluster.',
      'x-radondb-message':
        'must be the name of a MysqlCluster: lower case letters, digits and "-", at most 40',
    }),
    namespace: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 63,
        pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
        description:
          "Namespace of the MysqlCluster, which must allow this object's namespace (spec.accounts). Absent: the same.",
        'x-radondb-message': 'must be the name of a namespace: lower case letters, digits and "-"',
      }),
    ),
  },
  {
    ...closed,
    description: 'The cluster. It cannot be changed.',
    ...rules({
      rule: 'self == oldSelf',
      message: 'cannot be changed: put it back, and make another object for the other cluster',
      reason: 'FieldValueForbidden',
    }),
  },
);

export type ClusterReference = Static<typeof clusterRefSchema>;
