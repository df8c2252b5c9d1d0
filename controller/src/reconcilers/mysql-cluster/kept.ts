/** What was decided once for a cluster, read back from where it is kept. Pure. */
import { configMapName, type MysqlClusterStatus, memberName, statefulSetName } from '@radondb/api';
import {
  CLUSTER_CONFIG_FILE,
  type ClusterConfig,
  parseClusterConfig,
} from '@radondb/api/cluster-config';
import { CLUSTER_ID_LABEL } from '../../desired/metadata.ts';
import { firstMembers, type KeptDecisions } from '../../desired/model-of.ts';
import { claimName } from '../../desired/volume-claim.ts';
import { type Observation, objectKey, recordOf } from './observation.ts';

/** As many as a spec can ask for. */
const MOST_MEMBERS = 7;

export interface Kept extends KeptDecisions {
  /** Series that the data was last run with; null: it has not been run. */
  readonly version: string | null;
}

/**
 * The ConfigMap is the record. Without it (a new cluster, one that takes over retained volumes, a ConfigMap that somebody has
 * deleted) the identity and the number of members are read from the volumes, then from the StatefulSet, and only then from the spec.
 * Null: nothing was ever made and nothing is to be made (`replicas: 0` from the start).
 *
 * @param replicas what the spec asks for; null when the spec cannot be read
 */
export function keptDecisions(observation: Observation, replicas: number | null): Kept | null {
  const { metadata } = observation.cluster;
  const found = readConfig(observation);
  const opened = hasOpened(observation);
  if (found !== null) {
    return {
      clusterId: found.clusterId,
      members: found.members,
      bootstrap: found.bootstrap && !opened,
      version: found.mysql.version,
    };
  }
  const claims = claimIds(observation);
  const set = observation.objects.get(objectKey('StatefulSet', statefulSetName(metadata.name)));
  const running = Number(recordOf(set?.['spec'])['replicas'] ?? 0);
  const count = Math.max(claims.length, running) || (replicas ?? 0);
  if (count === 0) return null;
  const clusterId = claims.find((id) => id !== '') ?? metadata.uid;
  const namespace = metadata.namespace ?? 'default';
  return {
    clusterId,
    members: firstMembers({ name: metadata.name, namespace, clusterId }, count),
    bootstrap: !opened,
    version: null,
  };
}

function readConfig({ cluster, objects }: Observation): ClusterConfig | null {
  const map = objects.get(objectKey('ConfigMap', configMapName(cluster.metadata.name)));
  try {
    return parseClusterConfig(JSON.parse(String(recordOf(map?.['data'])[CLUSTER_CONFIG_FILE])));
  } catch {
    return null;
  }
}

/** From the first opened epoch on a member without a raft log joins; it must not begin one. */
function hasOpened({ cluster, reports }: Observation): boolean {
  const status = cluster['status'] as MysqlClusterStatus | undefined;
  if ((status?.epoch ?? 0) > 0) return true;
  return [...reports.values()].some((report) => report !== null && report.log.phase === 'open');
}

/** The identities on the members' volumes, as far as they go without a gap. */
function claimIds({ cluster, objects }: Observation): readonly string[] {
  const ids: string[] = [];
  while (ids.length < MOST_MEMBERS) {
    const name = claimName(memberName(cluster.metadata.name, ids.length));
    const claim = objects.get(objectKey('PersistentVolumeClaim', name));
    if (claim === undefined) break;
    ids.push(claim.metadata.labels?.[CLUSTER_ID_LABEL] ?? '');
  }
  return ids;
}
