import { type Static, Type } from 'typebox';
import { accountsSchema } from './accounts.ts';
import { podSchema } from './pod.ts';
import { resourcesSchema } from './resources.ts';
import { routingSchema } from './routing.ts';
import { DEFAULT_STORAGE_SIZE, storageSchema } from './storage.ts';
import { closed, rules } from './structural.ts';
import { configSchema, durationSchema, MYSQL_VERSIONS } from './values.ts';

const mysqlSchema = Type.Object(
  {
    version: Type.Optional(
      Type.Enum([...MYSQL_VERSIONS], {
        type: 'string',
        description: 'Series of MySQL. Default: 9.7; pinned when the cluster is made.',
        ...rules({
          rule: 'double(self) >= double(oldSelf)',
          message:
            'cannot go back: MySQL cannot read the newer data; put the version back, or load a dump into a new cluster',
          reason: 'FieldValueForbidden',
        }),
      }),
    ),
    image: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        pattern: '^[A-Za-z0-9]([A-Za-z0-9._:/-]*[A-Za-z0-9])?(@sha256:[0-9a-f]{64})?$',
        description:
          "Image with mysqld of that series; the operator adds its agent. Default: the operator's, pinned when the cluster is made.",
        'x-radondb-message':
          'must be the name of an image, as registry.example.com/mysql:9.7 or with @sha256:…',
      }),
    ),
    config: Type.Optional(configSchema),
    resources: Type.Optional(resourcesSchema),
  },
  { ...closed, description: 'The MySQL servers.' },
);

const failoverSchema = Type.Object(
  {
    enabled: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Whether another member takes over by itself when the primary fails.',
      }),
    ),
    delay: Type.Optional(durationSchema),
  },
  { ...closed, description: 'Unplanned change of primary.' },
);

const haSchema = Type.Object(
  {
    failover: Type.Optional(failoverSchema),
    durability: Type.Optional(
      Type.Enum(['standard', 'strict'], {
        type: 'string',
        default: 'standard',
        description:
          'standard: an acknowledged write survives any minority of members. strict: replicas also ' +
          'fsync before they acknowledge, so it survives the power loss of all of them.',
      }),
    ),
  },
  { ...closed, description: 'High availability.' },
);

const sizeOf = (self: string): string =>
  `(has(${self}.storage) && has(${self}.storage.size) ? ${self}.storage.size : '${DEFAULT_STORAGE_SIZE}')`;
const classOf = (self: string): string =>
  `(has(${self}.storage) && has(${self}.storage.storageClassName) ? ${self}.storage.storageClassName : '')`;

/** `MysqlCluster.spec`: what a person asks for. Every field has a default. */
export const mysqlClusterSpecSchema = Type.Object(
  {
    replicas: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 7,
        default: 3,
        description:
          'Members, all of them voters: an odd number. 0 stops all of them and keeps their volumes.',
        'x-radondb-message': 'must be 1 to 7 members, or 0 to hibernate',
      }),
    ),
    mysql: Type.Optional(mysqlSchema),
    storage: Type.Optional(storageSchema),
    ha: Type.Optional(haSchema),
    accounts: Type.Optional(accountsSchema),
    routing: Type.Optional(routingSchema),
    pod: Type.Optional(podSchema),
    paused: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Hands off: the operator changes nothing of this cluster. Its members fail over all the same.',
      }),
    ),
    deletionProtection: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Refuses to delete the MysqlCluster while it is true.',
      }),
    ),
  },
  {
    ...closed,
    description: 'What the cluster should be.',
    ...rules(
      {
        rule: `!isQuantity(${sizeOf('self')}) || quantity(${sizeOf('self')}).compareTo(quantity(${sizeOf('oldSelf')})) >= 0`,
        message: 'cannot shrink: put the former size back, or load a dump into a new cluster',
        reason: 'FieldValueForbidden',
        fieldPath: '.storage.size',
      },
      {
        rule: `${classOf('self')} == ${classOf('oldSelf')}`,
        message: 'cannot be changed: put the former class back, or load a dump into a new cluster',
        reason: 'FieldValueForbidden',
        fieldPath: '.storage.storageClassName',
      },
    ),
  },
);

/** As written by a person: everything may be left out. */
export type MysqlClusterSpec = Static<typeof mysqlClusterSpecSchema>;
