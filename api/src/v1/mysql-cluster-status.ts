import { type Static, Type } from 'typebox';

const conditionSchema = Type.Object({
  type: Type.String({ description: 'What it is about; one of conditions.ts.' }),
  status: Type.Enum(['True', 'False', 'Unknown'], { type: 'string' }),
  reason: Type.String({ description: 'CamelCase, stable; for programs.' }),
  message: Type.String({ description: 'For people; says what to do next.' }),
  lastTransitionTime: Type.String({ description: 'When the status last changed (RFC 3339).' }),
  observedGeneration: Type.Optional(Type.Integer()),
});

const localSchema = Type.Object(
  {
    agentPid: Type.Integer(),
    mysqldPid: Type.Optional(Type.Integer()),
    mysqlPort: Type.Integer(),
    dataDir: Type.String(),
  },
  { description: 'Only on a laptop: the processes behind the member.' },
);

const memberSchema = Type.Object({
  name: Type.String(),
  role: Type.Enum(['primary', 'replica'], { type: 'string' }),
  state: Type.String({ description: 'A member state of the agent, or unreachable.' }),
  why: Type.String({ description: 'One sentence about the state.' }),
  gtidExecuted: Type.Optional(Type.String()),
  lagMs: Type.Optional(Type.Number({ description: 'Absent on the primary and when unknown.' })),
  errant: Type.Optional(Type.String({ description: 'GTIDs that the cluster does not have.' })),
  fenced: Type.Boolean(),
  version: Type.Optional(Type.String()),
  local: Type.Optional(localSchema),
});

const lastFailoverSchema = Type.Object({
  at: Type.String({ description: 'When the new primary opened (RFC 3339).' }),
  from: Type.Optional(Type.String()),
  to: Type.String(),
  cause: Type.String(),
  unavailableMs: Type.Integer({ description: 'Milliseconds without writes.' }),
  lostTransactions: Type.Integer({ description: 'Acknowledged transactions lost.' }),
});

/** `MysqlCluster.status`: what was seen. */
export const mysqlClusterStatusSchema = Type.Object({
  observedGeneration: Type.Optional(Type.Integer()),
  conditions: Type.Optional(Type.Array(conditionSchema)),
  primary: Type.Optional(Type.String()),
  epoch: Type.Optional(Type.Integer()),
  replicas: Type.Optional(Type.Integer({ description: 'Members that exist.' })),
  readyMembers: Type.Optional(Type.String({ description: 'As in 3/3.' })),
  members: Type.Optional(Type.Array(memberSchema)),
  lastFailover: Type.Optional(lastFailoverSchema),
  endpoints: Type.Optional(
    Type.Object({ primary: Type.String(), replicas: Type.String() }, { description: 'host:port' }),
  ),
  credentialsSecret: Type.Optional(Type.String()),
});

export type MysqlClusterStatus = Static<typeof mysqlClusterStatusSchema>;
export type Condition = Static<typeof conditionSchema>;
export type MemberStatus = Static<typeof memberSchema>;
export type LastFailover = Static<typeof lastFailoverSchema>;
