/** The StatefulSet controller's decisions: what there is → what is made, taken over or deleted, and the status. Pure. */
import type { KubeObject, ObjectToWrite } from '@radondb/controller/runtime/kube-object';
import { claimsOf, ordinalOf, podOf, REVISION_LABEL, revisionOf, specOf } from './pod-of.ts';

export type SetAction =
  | { readonly do: 'create-claim'; readonly claim: ObjectToWrite }
  | { readonly do: 'create-pod'; readonly pod: ObjectToWrite }
  /** A pod that matches and belongs to nobody, as after an orphaning deletion of the set. */
  | { readonly do: 'adopt-pod'; readonly pod: KubeObject }
  | { readonly do: 'delete-pod'; readonly pod: KubeObject };

export interface SetObservation {
  readonly set: KubeObject;
  /** Those of its namespace that its selector matches. */
  readonly pods: readonly KubeObject[];
  /** Names of the claims of its namespace. */
  readonly claims: ReadonlySet<string>;
}

export interface SetStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly currentReplicas: number;
  readonly updatedReplicas: number;
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly collisionCount: 0;
}

export interface SetPlan {
  readonly actions: readonly SetAction[];
  readonly status: SetStatus;
}

export function planSet({ set, pods, claims }: SetObservation): SetPlan {
  const mine = pods.filter((pod) => isOwnedBy(pod, set));
  const status = statusOf(set, mine);
  if (set.metadata.deletionTimestamp !== undefined) return { actions: [], status };
  const { replicas = 1, podManagementPolicy = 'OrderedReady' } = specOf(set);
  const orphans = pods.filter((pod) => ordinalOf(set, pod.metadata.name) !== null && !owner(pod));
  const actions: SetAction[] = orphans
    .filter((pod) => !isGoing(pod))
    .map((pod) => ({ do: 'adopt-pod', pod }));
  const byOrdinal = new Map(
    [...mine, ...orphans].map((pod) => [ordinalOf(set, pod.metadata.name), pod]),
  );
  for (const pod of mine) {
    const ordinal = ordinalOf(set, pod.metadata.name);
    const isSurplus = ordinal === null || ordinal >= replicas;
    if ((isSurplus || hasEnded(pod)) && !isGoing(pod)) actions.push({ do: 'delete-pod', pod });
  }
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) {
      const missing = claimsOf(set, ordinal).filter((it) => !claims.has(it.metadata.name));
      for (const claim of missing) actions.push({ do: 'create-claim', claim });
      actions.push({ do: 'create-pod', pod: podOf(set, ordinal) });
    }
    if (podManagementPolicy === 'OrderedReady' && (pod === undefined || !isReady(pod))) break;
  }
  return { actions, status };
}

function statusOf(set: KubeObject, mine: readonly KubeObject[]): SetStatus {
  const updateRevision = revisionOf(set);
  const before = (set['status'] ?? {}) as Partial<SetStatus>;
  const at = (revision: string): number =>
    mine.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision).length;
  const updated = at(updateRevision);
  const ready = mine.filter(isReady).length;
  // OnDelete: the current revision moves on when the last pod of the one before is gone.
  const isAll = updated === mine.length;
  const currentRevision = isAll ? updateRevision : (before.currentRevision ?? updateRevision);
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: mine.length,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: at(currentRevision),
    updatedReplicas: updated,
    currentRevision,
    updateRevision,
    collisionCount: 0,
  };
}

export function isReady(pod: KubeObject): boolean {
  const { conditions = [] } = (pod['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  return conditions.some((it) => it.type === 'Ready' && it.status === 'True');
}

function hasEnded(pod: KubeObject): boolean {
  const { phase } = (pod['status'] ?? {}) as { readonly phase?: string };
  return phase === 'Failed' || phase === 'Succeeded';
}

function isGoing(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

function owner(pod: KubeObject) {
  return pod.metadata.ownerReferences?.find((it) => it.controller === true);
}

function isOwnedBy(pod: KubeObject, set: KubeObject): boolean {
  return owner(pod)?.uid === set.metadata.uid;
}
