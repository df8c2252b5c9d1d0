import { serverSideApply } from '../apply/server-side-apply.ts';
import { requiredField } from '../field-error.ts';
import { isObject, type JsonObject, type KubeObject } from '../object.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { applyStrategicMerge } from '../patch/strategic-merge.ts';
import { badRequest, invalid, StatusError, unsupportedMediaType } from '../status-error.ts';
import { type Api, keyOf, type WriteRequest } from './context.ts';
import { create } from './create.ts';
import { asObject, dropUnknownOfPatch, requireTyped } from './prepare.ts';
import { update } from './update.ts';
import { writerOf } from './writer.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Applies a patch of the three kinds that change what is there. */
export async function patch(
  api: Api,
  request: WriteRequest,
  type: Exclude<PatchType, 'apply'>,
  body: unknown,
): Promise<KubeObject> {
  if (type === 'strategic' && request.resource.isCustom) {
    throw unsupportedMediaType([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/apply-patch+yaml',
    ]);
  }
  return await update(api, request, (current) => {
    const changed = patched(current, body, type, request);
    if (!isObject(changed) || !isObject(changed['metadata'])) {
      throw badRequest('the patch leaves no Kubernetes object');
    }
    const object = asObject(changed, request);
    dropUnknownOfPatch(object, request);
    return { object };
  });
}

function patched(
  current: KubeObject,
  body: unknown,
  type: Exclude<PatchType, 'apply'>,
  { resource }: WriteRequest,
): unknown {
  if (type === 'json') return applyJsonPatch(current, body);
  if (!isObject(body)) throw badRequest('error decoding patch: a merge patch is an object');
  return type === 'merge'
    ? applyMergePatch(current, body)
    : applyStrategicMerge(current, body, resource.schema);
}

export interface ApplyResult {
  readonly object: KubeObject;
  readonly created: boolean;
}

/** Server-side apply: creates what is not there. */
export async function apply(
  api: Api,
  request: WriteRequest,
  body: unknown,
  force: boolean,
): Promise<ApplyResult> {
  const { name } = request;
  if (request.fieldManager === '') {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      requiredField('fieldManager', 'is required for apply patch'),
    ]);
  }
  if (
    !isObject(body) ||
    typeof body['apiVersion'] !== 'string' ||
    typeof body['kind'] !== 'string'
  ) {
    throw badRequest('an apply configuration must name its apiVersion and kind');
  }
  const config = asObject(body, request);
  if (config.metadata.managedFields !== undefined) {
    throw badRequest('metadata.managedFields must be nil');
  }
  if (config.metadata.name !== undefined && config.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${config.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  requireTyped(config, request);
  const named = { ...config, metadata: { ...config.metadata, name } };
  if (api.store.latest(keyOf(request)) === undefined && request.subresource === '') {
    const { object, managedFields } = serverSideApply(null, named, writerOf(api, request), force);
    try {
      return { object: await create(api, request, object, managedFields), created: true };
    } catch (error) {
      const lostRace = error instanceof StatusError && error.status.reason === 'AlreadyExists';
      if (!lostRace) throw error;
    }
  }
  const object = await update(api, request, (current) => {
    const applied = serverSideApply(current, named, writerOf(api, request), force);
    return { object: withVersion(applied.object, named), managedFields: applied.managedFields };
  });
  return { object, created: false };
}

/** An apply insists on a version only when its configuration says one. */
function withVersion(object: KubeObject, config: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  const { resourceVersion } = config.metadata;
  return {
    ...object,
    metadata: { ...metadata, ...(resourceVersion && { resourceVersion }) },
  } as KubeObject;
}

/** A patch body that is meant for the scale of an object. */
export function patchScale(
  scale: JsonObject,
  type: Exclude<PatchType, 'apply'>,
  body: unknown,
): unknown {
  return type === 'json' ? applyJsonPatch(scale, body) : applyMergePatch(scale, body);
}
