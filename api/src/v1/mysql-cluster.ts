import { type Static, Type } from 'typebox';
import { API_VERSION } from './group.ts';
import { metadataSchema } from './metadata.ts';
import { mysqlClusterSpecSchema } from './mysql-cluster-spec.ts';
import { mysqlClusterStatusSchema } from './mysql-cluster-status.ts';

export const MYSQL_CLUSTER_KIND = 'MysqlCluster';

/** The schema is the source of the type, of the checks and of the CRD. */
export const mysqlClusterSchema = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal(MYSQL_CLUSTER_KIND),
    metadata: metadataSchema,
    spec: mysqlClusterSpecSchema,
    status: Type.Optional(mysqlClusterStatusSchema),
  },
  { additionalProperties: false, description: 'A highly available cluster of MySQL servers.' },
);

/** A cluster as a person writes it: everything in `spec` may be left out. */
export type MysqlCluster = Static<typeof mysqlClusterSchema>;

export type { Condition } from './condition.ts';
export { API_VERSION } from './group.ts';
export type { ObjectMetadata } from './metadata.ts';
export type { MysqlClusterSpec } from './mysql-cluster-spec.ts';
export type { LastFailover, MemberStatus, MysqlClusterStatus } from './mysql-cluster-status.ts';
export type { ConfigValue } from './values.ts';
