/** From what was seen of a MysqlDatabase to what is asked of the primary. Pure. */
import type { CompleteMysqlDatabase, ReleaseSchemaRequest } from '@radondb/api';
import { REQUEST_MS } from '../../accounts/call-primary.ts';
import {
  clusterVerdict,
  type DeclaredPlan,
  invalidSpec,
  isBefore,
  ownerOf,
  planDeletion,
} from '../../accounts/plan.ts';
import { ACCOUNT_REASONS as R } from '../../accounts/reasons.ts';
import type { Verdict } from '../../accounts/verdict.ts';
import { type KubeObject, keyOf } from '../../runtime/kube-object.ts';
import { recordOf } from '../mysql-cluster/observation.ts';
import type { DatabaseObservation } from './observe.ts';

export function planDatabase(observation: DatabaseObservation): DeclaredPlan {
  const { object, database, cluster, nowMs } = observation;
  if (object.metadata.deletionTimestamp !== undefined)
    return planDeletion(object, cluster, releaseOf(object), nowMs);
  if (database === null || cluster === null)
    return { do: 'say', verdict: invalidSpec(observation.problems) };
  const obstacle =
    clusterVerdict(cluster, object.metadata.namespace ?? 'default') ??
    rivalVerdict(observation, database);
  if (obstacle !== null) return { do: 'say', verdict: obstacle };
  if (cluster.object === null) return { do: 'nothing' };
  const { name, characterSet, collation } = database.spec;
  return {
    do: 'ensure',
    cluster: cluster.object,
    request: {
      kind: 'ensureSchema',
      owner: ownerOf(object),
      timeoutMs: REQUEST_MS,
      schema: name,
      charset: characterSet,
      collation: collation ?? null,
    },
  };
}

/** Only the word Delete drops tables: a stored policy that cannot be read keeps them. */
function releaseOf(object: KubeObject): ReleaseSchemaRequest {
  const { reclaimPolicy } = recordOf(object['spec']);
  return {
    kind: 'releaseSchema',
    owner: ownerOf(object),
    timeoutMs: REQUEST_MS,
    policy: reclaimPolicy === 'Delete' ? 'drop' : 'retain',
  };
}

function rivalVerdict(
  { rivals, object }: DatabaseObservation,
  { spec }: CompleteMysqlDatabase,
): Verdict | null {
  const rival = rivals.find((other) => isBefore(other, object));
  if (rival === undefined) return null;
  return {
    ...{ state: 'stalled', reason: R.declaredTwice },
    message: `MysqlDatabase ${keyOf(rival.metadata)} declares schema ${spec.name} and is older: change spec.name of one, or delete one.`,
  };
}
