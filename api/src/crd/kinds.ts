import { MYSQL_CLUSTER_KIND, mysqlClusterSchema } from '../v1/mysql-cluster.ts';
import { MYSQL_DATABASE_KIND, mysqlDatabaseSchema } from '../v1/mysql-database.ts';
import { MYSQL_USER_KIND, mysqlUserSchema } from '../v1/mysql-user.ts';
import type { KindDescription, PrinterColumn } from './custom-resource.ts';

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'When it was made.',
};
const status: PrinterColumn = {
  name: 'Status',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
  description: 'Why it is ready or not.',
};
const message: PrinterColumn = {
  name: 'Message',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  description: 'What to do next.',
  priority: 1,
};
const cluster: PrinterColumn = {
  name: 'Cluster',
  type: 'string',
  jsonPath: '.spec.clusterRef.name',
  description: 'The MysqlCluster.',
};
const ready: PrinterColumn = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  description: 'Whether it is as declared.',
};

export const MYSQL_CLUSTER: KindDescription = {
  kind: MYSQL_CLUSTER_KIND,
  plural: 'mysqlclusters',
  singular: 'mysqlcluster',
  shortName: 'myc',
  schema: { ...mysqlClusterSchema },
  scale: true,
  columns: [
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.readyMembers',
      description: 'Members that do their part, of those declared.',
    },
    status,
    {
      name: 'Primary',
      type: 'string',
      jsonPath: '.status.primary',
      description: 'The member that takes writes.',
    },
    {
      name: 'Redundant',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Redundant")].status',
      description: 'Whether it can lose one more member.',
    },
    {
      name: 'Version',
      type: 'string',
      jsonPath: '.spec.mysql.version',
      description: 'Series of MySQL.',
    },
    age,
    message,
  ],
  selectableFields: ['.spec.mysql.version', '.spec.paused', '.status.primary'],
};

export const MYSQL_USER: KindDescription = {
  kind: MYSQL_USER_KIND,
  plural: 'mysqlusers',
  singular: 'mysqluser',
  shortName: 'myu',
  schema: { ...mysqlUserSchema },
  columns: [
    ready,
    status,
    cluster,
    {
      name: 'User',
      type: 'string',
      jsonPath: '.spec.user',
      description: "Name to log in with, when it is not the object's.",
    },
    {
      name: 'Hosts',
      type: 'string',
      jsonPath: '.spec.hosts',
      description: 'From where.',
      priority: 1,
    },
    age,
    message,
  ],
  selectableFields: ['.spec.clusterRef.name', '.spec.clusterRef.namespace'],
};

export const MYSQL_DATABASE: KindDescription = {
  kind: MYSQL_DATABASE_KIND,
  plural: 'mysqldatabases',
  singular: 'mysqldatabase',
  shortName: 'myd',
  schema: { ...mysqlDatabaseSchema },
  columns: [
    ready,
    status,
    cluster,
    {
      name: 'Schema',
      type: 'string',
      jsonPath: '.status.schema',
      description: 'The schema that there is.',
    },
    {
      name: 'Charset',
      type: 'string',
      jsonPath: '.spec.characterSet',
      description: 'Character set of new tables.',
    },
    age,
    message,
  ],
  selectableFields: ['.spec.clusterRef.name', '.spec.clusterRef.namespace'],
};

/** Every kind, in the order in which they make sense to a reader. */
export const KINDS: readonly KindDescription[] = [MYSQL_CLUSTER, MYSQL_USER, MYSQL_DATABASE];
