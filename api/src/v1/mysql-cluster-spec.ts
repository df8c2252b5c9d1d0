import { type Static, Type } from 'typebox';
import { configSchema, durationSchema, MYSQL_VERSIONS } from './values.ts';

const closed = { additionalProperties: false };

const mysqlSchema = Type.Object(
  {
    version: Type.Optional(
      Type.Enum([...MYSQL_VERSIONS], {
        type: 'string',
        description: 'Series of MySQL. Default: 9.7.',
      }),
    ),
    config: Type.Optional(configSchema),
  },
  { ...closed, description: 'The MySQL servers.' },
);

const failoverSchema = Type.Object(
  {
    enabled: Type.Optional(
      Type.Boolean({
        description:
          'Whether another member takes over by itself when the primary fails. Default: true.',
      }),
    ),
    delay: Type.Optional(durationSchema),
  },
  {
    ...closed,
    description:
      'Unplanned change of primary. delay: how long the primary must have been gone first. Default: 0s.',
  },
);

const haSchema = Type.Object(
  {
    failover: Type.Optional(failoverSchema),
    durability: Type.Optional(
      Type.Enum(['standard', 'strict'], {
        type: 'string',
        description:
          'standard: an acknowledged write survives any minority of members. strict: replicas also ' +
          'fsync before they acknowledge, so it survives the power loss of all of them. Default: standard.',
      }),
    ),
  },
  { ...closed, description: 'High availability.' },
);

/** `MysqlCluster.spec`: what a person asks for. Every field has a default. */
export const mysqlClusterSpecSchema = Type.Object(
  {
    replicas: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 7,
        description: 'Members, all of them voters. An odd number. Default: 3.',
        'x-radondb-message': 'must be 1 to 7 members',
      }),
    ),
    mysql: Type.Optional(mysqlSchema),
    ha: Type.Optional(haSchema),
  },
  { ...closed, description: 'What the cluster should be.' },
);

/** As written by a person: everything may be left out. */
export type MysqlClusterSpec = Static<typeof mysqlClusterSpecSchema>;
