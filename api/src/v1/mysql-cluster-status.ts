import { type Static, Type } from 'typebox';
import { conditionsSchema, observedGenerationSchema } from './condition.ts';
import { listMap } from './structural.ts';

const text = (description: string) => Type.String({ description });
const count = (description: string) => Type.Integer({ description });

const localSchema = Type.Object(
  {
    agentPid: count('Process of the agent.'),
    mysqldPid: Type.Optional(count('Process of mysqld.')),
    mysqlPort: count('Port of mysqld on 127.0.0.1.'),
    mysqlAddress: Type.Optional(text('Where mysqld itself listens, host:port.')),
    dataDir: text('Folder of the data.'),
  },
  { description: 'Only on a laptop: the processes behind the member.' },
);

const memberSchema = Type.Object(
  {
    name: text('Name of the member and of its pod.'),
    role: Type.Enum(['primary', 'replica'], { type: 'string', description: 'What it is now.' }),
    state: text('A member state of the agent, or unreachable.'),
    why: text('One sentence about the state.'),
    gtidExecuted: Type.Optional(text('Transactions that it has executed.')),
    lagMs: Type.Optional(
      Type.Number({
        description: 'Milliseconds behind the primary. Absent on the primary and when unknown.',
      }),
    ),
    errant: Type.Optional(text('GTIDs that the cluster does not have.')),
    fenced: Type.Boolean({ description: 'Whether clients are kept out.' }),
    version: Type.Optional(text('Version of its mysqld.')),
    local: Type.Optional(localSchema),
  },
  { description: 'One member.' },
);

const lastFailoverSchema = Type.Object(
  {
    at: text('When the new primary opened (RFC 3339).'),
    from: Type.Optional(text('The primary before.')),
    to: text('The primary after.'),
    cause: text('Why.'),
    unavailableMs: count('Milliseconds without writes.'),
    lostTransactions: count('Acknowledged transactions lost.'),
  },
  { description: 'The latest change of primary.' },
);

/** `MysqlCluster.status`: what was seen. */
export const mysqlClusterStatusSchema = Type.Object(
  {
    observedGeneration: Type.Optional(observedGenerationSchema),
    conditions: Type.Optional(conditionsSchema),
    primary: Type.Optional(text('The member that takes writes.')),
    epoch: Type.Optional(count('Number of the current primaryship.')),
    replicas: Type.Optional(count('Members that exist.')),
    readyMembers: Type.Optional(text('Members that do their part, of those declared: 3/3.')),
    selector: Type.Optional(text("Labels of the members' pods, for the scale subresource.")),
    members: Type.Optional(
      Type.Array(memberSchema, { ...listMap('name'), description: 'Every member.' }),
    ),
    lastFailover: Type.Optional(lastFailoverSchema),
    endpoints: Type.Optional(
      Type.Object(
        { primary: text('For writes: host:port.'), replicas: text('For reads: host:port.') },
        { description: 'Where clients connect.' },
      ),
    ),
    credentialsSecret: Type.Optional(text('Secret with what an application needs to log in.')),
  },
  { description: 'What was seen of the cluster.' },
);

export type MysqlClusterStatus = Static<typeof mysqlClusterStatusSchema>;
export type MemberStatus = Static<typeof memberSchema>;
export type LastFailover = Static<typeof lastFailoverSchema>;
