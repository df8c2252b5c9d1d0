/**
 * What the controller tells all agents of a cluster: one JSON file in a ConfigMap, the same for every member. An agent takes its
 * own part by the member's name. Nothing secret is in it.
 */
import { Type } from 'typebox';
import { makeParser } from './schema/checker.ts';
import type { FieldProblem } from './schema/field-problem.ts';
import { type ConfigValue, configSchema, MYSQL_VERSIONS } from './v1/values.ts';

/** Ports of a member's pod. They are the same everywhere: each pod has an address of its own. */
export const MEMBER_PORTS = Object.freeze({
  mysql: 3306,
  /** mysqld's admin interface: loopback, the agent's own way in. */
  admin: 33062,
  primaryProxy: 6446,
  replicasProxy: 6447,
  raft: 2380,
  api: 8443,
  metrics: 9104,
});

export type MemberPortName = keyof typeof MEMBER_PORTS;

/** Name of the file in the ConfigMap. */
export const CLUSTER_CONFIG_FILE = 'cluster.json';

export interface ClusterConfigMember {
  /** Pod name, such as `demo-0`. */
  readonly name: string;
  /** Positive and never used again for another disk. */
  readonly raftId: number;
  /** MySQL's `server_id`: 1 … 2³²−1. */
  readonly serverId: number;
  /** DNS name that peers connect to. */
  readonly host: string;
}

export interface ClusterConfig {
  readonly formatVersion: 1;
  readonly clusterId: string;
  readonly clusterName: string;
  /** Whether a raft log that does not exist may be begun: false once the cluster has taken writes. */
  readonly bootstrap: boolean;
  /** Voters at the time of the bootstrap. */
  readonly members: readonly ClusterConfigMember[];
  readonly ports: Readonly<Record<MemberPortName, number>>;
  readonly failover: { readonly enabled: boolean; readonly delayMs: number };
  readonly durability: 'standard' | 'strict';
  /** Names everything that an agent reads once, when it starts; it reports which it has read. */
  readonly restartRevision: string;
  /** Names the settings that are applied without a restart; an agent reports which it has applied. */
  readonly dynamicRevision: string;
  readonly mysql: {
    readonly version: '9.7' | '8.4';
    readonly config: Readonly<Record<string, ConfigValue>>;
    /** Memory that mysqld may use, in bytes; null: a small machine's, shared with other things. */
    readonly memoryBytes: number | null;
  };
}

/** The file is not a ClusterConfig. `problems` lists everything wrong. */
export class ClusterConfigError extends Error {
  readonly code = 'CLUSTER_CONFIG';
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[]) {
    const list = problems.map(({ field, message }) => `${field} ${message}`.trim());
    super(`not a cluster's configuration: ${list.join('; ')}`);
    this.name = 'ClusterConfigError';
    this.problems = problems;
  }
}

const portSchema = Type.Integer({
  minimum: 1,
  maximum: 65_535,
  'x-radondb-message': 'must be a port (1-65535)',
});
const textSchema = Type.String({ minLength: 1, 'x-radondb-message': 'must not be empty' });
const idSchema = Type.Integer({
  minimum: 1,
  maximum: 4_294_967_295,
  'x-radondb-message': 'must be 1 to 4294967295',
});

const memberSchema = Type.Object({
  name: textSchema,
  raftId: idSchema,
  serverId: idSchema,
  host: textSchema,
});

// Fields that are not named are let through: agents of two versions read the same file during an upgrade.
const clusterConfigSchema = Type.Object({
  formatVersion: Type.Literal(1),
  clusterId: textSchema,
  clusterName: textSchema,
  bootstrap: Type.Boolean(),
  members: Type.Array(memberSchema, { minItems: 1, 'x-radondb-message': 'must name a member' }),
  ports: Type.Object({
    mysql: portSchema,
    admin: portSchema,
    primaryProxy: portSchema,
    replicasProxy: portSchema,
    raft: portSchema,
    api: portSchema,
    metrics: portSchema,
  }),
  failover: Type.Object({
    enabled: Type.Boolean(),
    delayMs: Type.Integer({ minimum: 0, 'x-radondb-message': 'must be 0 or more' }),
  }),
  durability: Type.Enum(['standard', 'strict'], { type: 'string' }),
  restartRevision: Type.String(),
  dynamicRevision: Type.String(),
  mysql: Type.Object({
    version: Type.Enum([...MYSQL_VERSIONS], { type: 'string' }),
    config: configSchema,
    memoryBytes: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      'x-radondb-message': 'must be a number of bytes or null',
    }),
  }),
});

/** @throws ClusterConfigError listing everything that is wrong. */
export const parseClusterConfig: (value: unknown) => ClusterConfig = makeParser(
  clusterConfigSchema,
  (problems) => new ClusterConfigError(problems),
);
