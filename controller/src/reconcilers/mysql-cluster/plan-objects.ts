/** Which objects differ from what they should be. Pure. */
import { configMapName, statefulSetName } from '@radondb/api';
import { covers } from '../../desired/covers.ts';
import { APPLIED_ANNOTATION } from '../../desired/metadata.ts';
import type { ClusterModel, DesiredObject } from '../../desired/model.ts';
import { desiredObjects } from '../../desired/objects.ts';
import { REVISION_ANNOTATION, revisionOf } from '../../desired/pod-template.ts';
import { volumeClaim } from '../../desired/volume-claim.ts';
import { readQuantity } from '../../quantity.ts';
import type { KubeObject } from '../../runtime/kube-object.ts';
import { type Action, EVENT_REASONS } from './actions.ts';
import { type Observation, objectKey, recordOf } from './observation.ts';
import { claimSize } from './spec-problems.ts';

export interface ObjectsPlan {
  readonly actions: readonly Action[];
  /** Revision that pods should have. */
  readonly revision: string;
  /** A pod that is deleted now comes back with that revision. */
  readonly isTemplateSeen: boolean;
}

export function planObjects(observation: Observation, model: ClusterModel): ObjectsPlan {
  const revision = revisionOf(model);
  const name = statefulSetName(model.name);
  const set = observation.objects.get(objectKey('StatefulSet', name));
  const desired = desiredObjects(model);
  const actions = desired
    .map((it) => actionFor(it, observation))
    .filter((action) => action !== null);
  const map = objectKey('ConfigMap', configMapName(model.name));
  const isNew = set === undefined && !observation.objects.has(map);
  return {
    actions: isNew ? [...actions, created(model)] : actions,
    revision,
    isTemplateSeen: set !== undefined && isSeen(set, revision),
  };
}

function actionFor({ resource, object }: DesiredObject, { objects }: Observation): Action | null {
  const { name, annotations } = object.metadata;
  const found = objects.get(objectKey(resource.kind, name));
  // Its deletion is under way: it is made anew when it is gone.
  if (found?.metadata.deletionTimestamp !== undefined) return null;
  const isSame =
    found !== undefined &&
    found.metadata.annotations?.[APPLIED_ANNOTATION] === annotations?.[APPLIED_ANNOTATION] &&
    covers(found, object);
  if (isSame) return null;
  if (resource.kind === 'StatefulSet' && found !== undefined && !canBeApplied(found, object)) {
    return { do: 'recreate-stateful-set', name, uid: found.metadata.uid };
  }
  return { do: 'apply', desired: { resource, object } };
}

/** The API server refuses every other change of a StatefulSet's spec. */
const IMMUTABLE = [
  'serviceName',
  'podManagementPolicy',
  'selector',
  'volumeClaimTemplates',
] as const;

function canBeApplied(found: KubeObject, wanted: Readonly<Record<string, unknown>>): boolean {
  const [is, should] = [recordOf(found['spec']), recordOf(wanted['spec'])];
  return IMMUTABLE.every((field) => covers(is[field], should[field]));
}

function isSeen(set: KubeObject, revision: string): boolean {
  const template = recordOf(recordOf(set['spec'])['template']);
  const annotations = recordOf(recordOf(template['metadata'])['annotations']);
  const observed = Number(recordOf(set['status'])['observedGeneration'] ?? 0);
  return (
    annotations[REVISION_ANNOTATION] === revision && observed >= (set.metadata.generation ?? 0)
  );
}

/** The claims that exist: what we own of them, never smaller than they are. */
export function planClaims({ objects }: Observation, model: ClusterModel): readonly Action[] {
  return model.members.flatMap(({ name: member }): readonly Action[] => {
    const claim = volumeClaim(model, member);
    const { name } = claim.metadata;
    const found = objects.get(objectKey('PersistentVolumeClaim', name));
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return [];
    const isRetained = model.storage.reclaimPolicy === 'Retain';
    const isOwned = found.metadata.ownerReferences?.some(({ uid }) => uid === model.uid) === true;
    if (covers(found, claim) && !(isRetained && isOwned)) return [];
    const before = claimSize(found['spec']);
    const grows = (readQuantity(before) ?? 0) < (readQuantity(model.storage.size) ?? 0);
    const note = `${name} is asked to grow from ${before} to ${model.storage.size}`;
    const resized = { type: 'Normal', reason: EVENT_REASONS.volumeResized } as const;
    return [
      { do: 'apply-claim', claim },
      ...(grows ? [{ do: 'event', event: { ...resized, action: 'Resize', note } } as const] : []),
    ];
  });
}

function created(model: ClusterModel): Action {
  const note = `Objects of ${model.name} are made; ${model.members.length} members start`;
  return {
    do: 'event',
    event: { type: 'Normal', reason: EVENT_REASONS.created, action: 'Create', note },
  };
}
