import { type Static, Type } from 'typebox';
import { clusterRefSchema } from './cluster-ref.ts';
import { grantsSchema } from './grants.ts';
import {
  HOST_LENGTH,
  HOST_PATTERN,
  hostMessage,
  USER_LENGTH,
  USER_PATTERN,
  userMessage,
} from './identifiers.ts';
import { closed, listSet, rules } from './structural.ts';
import { DURATION_PATTERN } from './values.ts';

const distinguishedName = (description: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 512,
      pattern: '^[^\\x00-\\x1f\\x7f]+$',
      description,
      'x-radondb-message': 'must be text without line breaks',
    }),
  );

const tlsSchema = Type.Object(
  {
    require: Type.Optional(
      Type.Enum(['none', 'ssl', 'x509'], {
        type: 'string',
        description:
          'ssl: an encrypted connection. x509: also a certificate that the cluster trusts. Default: none, or x509 with issuer or subject.',
      }),
    ),
    issuer: distinguishedName("The certificate's issuer, as /C=DE/O=Example/CN=CA."),
    subject: distinguishedName("The certificate's subject, as /C=DE/O=Example/CN=app."),
  },
  {
    ...closed,
    description: 'What a connection must bring beside the password.',
    ...rules({
      rule: "!(has(self.issuer) || has(self.subject)) || !has(self.require) || self.require == 'x509'",
      message: 'must be x509, or be left out, beside issuer or subject: they are of a certificate',
      reason: 'FieldValueInvalid',
      fieldPath: '.require',
    }),
  },
);

const limit = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647, default: 0, description }));

const limitsSchema = Type.Object(
  {
    maxQueriesPerHour: limit('Statements in an hour, on each server. 0: any number.'),
    maxUpdatesPerHour: limit('Writes in an hour, on each server. 0: any number.'),
    maxConnectionsPerHour: limit('New connections in an hour, on each server. 0: any number.'),
    maxUserConnections: limit(
      'Connections at a time, on each server. 0: what the setting max_user_connections says.',
    ),
  },
  { ...closed, description: 'What the account may use at most.' },
);

const secretRefSchema = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 253,
      pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
      description: "Name of the Secret, in the MysqlUser's namespace.",
      'x-radondb-message': 'must be the name of a Secret: lower case letters, digits, "-" and "."',
    }),
    key: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        pattern: '^[-._a-zA-Z0-9]+$',
        default: 'password',
        description: 'Key in the Secret.',
        'x-radondb-message': 'must be a key of a Secret: letters, digits, "-", "_" and "."',
      }),
    ),
  },
  {
    ...closed,
    description: 'Where the password is. Change it there and the account has the new one.',
  },
);

const keepOldPasswordSchema = Type.String({
  pattern: DURATION_PATTERN,
  maxLength: 32,
  default: '1h',
  description:
    'For how long the former password is valid as well after the Secret has changed, so that clients can be restarted in turn: 30m, 24h; 0s: not at all. At most 168h.',
  'x-radondb-message': 'must be a duration like 30m, 24h or 0s',
  ...rules({
    rule: `!self.matches('${DURATION_PATTERN}') || duration(self) <= duration('168h')`,
    message: 'must be at most 168h, a week: until then all clients should have the new one',
    reason: 'FieldValueInvalid',
  }),
});

/** `MysqlUser.spec`: an account of MySQL, the same from each of its hosts. */
export const mysqlUserSpecSchema = Type.Object(
  {
    clusterRef: clusterRefSchema,
    user: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: USER_LENGTH,
        pattern: USER_PATTERN,
        description: "Name to log in with; cannot be changed. Default: the object's name.",
        'x-radondb-message': userMessage,
      }),
    ),
    hosts: Type.Optional(
      Type.Array(
        Type.String({
          minLength: 1,
          maxLength: HOST_LENGTH,
          pattern: HOST_PATTERN,
          'x-radondb-message': hostMessage,
        }),
        {
          minItems: 1,
          maxItems: 32,
          ...listSet,
          description:
            'From where: addresses, patterns (10.0.%) and networks (10.0.0.0/16), as the server sees them. Default: [%], pinned when the object is made.',
        },
      ),
    ),
    grants: Type.Optional(grantsSchema),
    tls: Type.Optional(tlsSchema),
    limits: Type.Optional(limitsSchema),
    passwordSecretRef: secretRefSchema,
    keepOldPassword: Type.Optional(keepOldPasswordSchema),
    reclaimPolicy: Type.Optional(
      Type.Enum(['Retain', 'Delete'], {
        type: 'string',
        default: 'Delete',
        description: 'What becomes of the account when the MysqlUser is deleted.',
      }),
    ),
  },
  { ...closed, description: 'What the account should be.' },
);

export type MysqlUserSpec = Static<typeof mysqlUserSpecSchema>;
