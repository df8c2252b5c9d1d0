import { invalidField } from '../field-error.ts';
import { apiVersionOf, type Resource } from '../kinds/resource.ts';
import { type JsonObject, type KubeObject, setAt, valueAt } from '../object.ts';
import { badRequest, conflict, invalid, MODIFIED } from '../status-error.ts';
import type { WriteRequest } from './context.ts';
import type { Change } from './update.ts';

const parts = (path: string): string[] => path.split('.').slice(1);

/** The Scale of an object (autoscaling/v1). */
export function scaleOf(resource: Resource, object: KubeObject): JsonObject {
  const { scale } = resource;
  if (scale === null) throw new Error(`${apiVersionOf(resource)} ${resource.kind} has no scale`);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = scale.labelSelectorPath && valueAt(object, parts(scale.labelSelectorPath));
  const text = typeof selector === 'object' ? selectorText(selector) : selector;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: valueAt(object, parts(scale.specReplicasPath)) ?? 0 },
    status: {
      replicas: valueAt(object, parts(scale.statusReplicasPath)) ?? 0,
      ...(text ? { selector: text } : {}),
    },
  };
}

function selectorText(selector: unknown): string {
  const labels = valueAt(selector, ['matchLabels']);
  return Object.entries((labels ?? {}) as Record<string, string>)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

/** Sets the number of replicas; nothing else of a Scale can be written. */
export function rescale(
  request: WriteRequest,
  wanted: (current: JsonObject) => unknown,
): (current: KubeObject) => Change {
  const { resource, name } = request;
  return (current) => {
    const before = scaleOf(resource, current);
    const after = wanted(before);
    const replicas = valueAt(after, ['spec', 'replicas']) ?? 0;
    if (typeof replicas !== 'number') throw badRequest('spec.replicas of a Scale is a number');
    if (replicas < 0) {
      throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [
        invalidField('spec.replicas', replicas, 'must be greater than or equal to 0'),
      ]);
    }
    const version = valueAt(after, ['metadata', 'resourceVersion']);
    if (version && version !== current.metadata.resourceVersion)
      throw conflict(resource, name, MODIFIED);
    const object = structuredClone(current);
    setAt(object, parts(resource.scale?.specReplicasPath ?? ''), replicas);
    return { object };
  };
}
