import { MYSQL_CONTAINER, REVISION_ANNOTATION } from '../../desired/pod-template.ts';
import type { KubeObject } from '../../runtime/kube-object.ts';
import { type Observation, objectKey, recordOf } from './observation.ts';

/** A member's pod, as far as a rollout looks at it. */
export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  /** What it was made from; empty: somebody else made it. */
  readonly revision: string;
  readonly isTerminating: boolean;
  /** Its agent's process runs. */
  readonly isRunning: boolean;
}

/** The pods that exist, in the order of the members. */
export function podFacts(
  observation: Observation,
  members: readonly string[],
): readonly PodFacts[] {
  return members
    .map((name) => observation.objects.get(objectKey('Pod', name)))
    .filter((pod): pod is KubeObject => pod !== undefined)
    .map(factsOf);
}

function factsOf({ metadata, ...pod }: KubeObject): PodFacts {
  const statuses = recordOf(pod['status'])['containerStatuses'];
  const mysql = (Array.isArray(statuses) ? statuses : [])
    .map(recordOf)
    .find((status) => status['name'] === MYSQL_CONTAINER);
  return {
    name: metadata.name,
    uid: metadata.uid,
    revision: metadata.annotations?.[REVISION_ANNOTATION] ?? '',
    isTerminating: metadata.deletionTimestamp !== undefined,
    isRunning: recordOf(mysql?.['state'])['running'] !== undefined,
  };
}
