import { checkPolicies } from '../admission/policies.ts';
import { validate } from '../admission/webhooks.ts';
import { isObject, type KubeObject, valueAt } from '../object.ts';
import { conflict, notFound } from '../status-error.ts';
import { WriteConflict } from '../store/store.ts';
import {
  type Api,
  admissionRequest,
  keyOf,
  served,
  timestamp,
  type WriteRequest,
} from './context.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface Deletion {
  readonly object: KubeObject;
  /** False: finalizers, or a pod's grace period, keep it for now. */
  readonly gone: boolean;
}

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';
const ATTEMPTS = 10;
const DEFAULT_GRACE_SECONDS = 30;

/** Reads a request's options; unknown values are as absent. */
export function deleteOptions(body: unknown, query: Record<string, unknown>): DeleteOptions {
  const source = isObject(body) ? body : query;
  const policy = source['propagationPolicy'];
  const grace = source['gracePeriodSeconds'];
  const preconditions = source['preconditions'];
  const orphans = source['orphanDependents'] === true ? 'Orphan' : undefined;
  return {
    ...(grace !== undefined && { gracePeriodSeconds: Number(grace) }),
    ...((policy === 'Background' || policy === 'Foreground' || policy === 'Orphan') && {
      propagationPolicy: policy,
    }),
    ...(orphans && { propagationPolicy: orphans }),
    ...(isObject(preconditions) && { preconditions }),
  };
}

/** Deletes an object, or marks it so when something has to be done first. */
export async function remove(
  api: Api,
  request: WriteRequest,
  options: DeleteOptions,
): Promise<Deletion> {
  const { resource, name } = request;
  const key = keyOf(request);
  for (let attempt = 1; ; attempt += 1) {
    const base = api.store.latest(key);
    if (base === undefined) throw notFound(resource, name);
    const current = served(resource, base);
    requirePreconditions(request, current, options);
    const review = admissionRequest(request, 'DELETE', null, current, { ...options });
    checkPolicies(api.store, review, request.warn);
    await validate(api.store, review, request.warn);
    const marked = mark(api, request, base, options);
    if (request.dryRun || marked === base) return { object: current, gone: marked === null };
    try {
      const written = await api.store.write(key, marked, base);
      return written === null
        ? { object: current, gone: true }
        : { object: served(resource, written), gone: false };
    } catch (error) {
      if (!(error instanceof WriteConflict) || attempt === ATTEMPTS) throw error;
    }
  }
}

function requirePreconditions(
  { resource, name }: WriteRequest,
  current: KubeObject,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion } = current.metadata;
  // A deletion blames the kind, not the resource.
  const blamed = { group: resource.group, plural: resource.kind };
  const differs = (what: string, wanted: string, actual: string | undefined, happened: string) =>
    conflict(
      blamed,
      name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${actual ?? ''}). The object might have been ${happened}`,
    );
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw differs('UID', preconditions.uid, uid, 'deleted and then recreated');
  }
  const version = preconditions?.resourceVersion;
  if (version !== undefined && version !== resourceVersion) {
    throw differs('ResourceVersion', version, resourceVersion, 'modified');
  }
}

/** @returns null to delete now, the object marked for deletion, or the very object when it is marked already. */
function mark(
  api: Api,
  request: WriteRequest,
  current: KubeObject,
  options: DeleteOptions,
): KubeObject | null {
  const finalizers = new Set(current.metadata.finalizers);
  if (options.propagationPolicy === 'Foreground') finalizers.add(FOREGROUND);
  if (options.propagationPolicy === 'Orphan') finalizers.add(ORPHAN);
  const grace = graceSeconds(request, current, options);
  const isNamespace = request.resource.storage === '/namespaces';
  if (finalizers.size === 0 && grace === 0 && !isNamespace) return null;
  const { metadata } = current;
  const isMarked = metadata.deletionTimestamp !== undefined;
  const isSame =
    finalizers.size === (metadata.finalizers ?? []).length &&
    (metadata.deletionGracePeriodSeconds ?? 0) <= grace;
  if (isMarked && isSame) return current;
  const deletionTimestamp = timestamp(api.now() + grace * 1_000);
  const next: KubeObject = {
    ...current,
    metadata: {
      ...metadata,
      deletionTimestamp:
        isMarked && grace > 0 ? (metadata.deletionTimestamp ?? '') : deletionTimestamp,
      deletionGracePeriodSeconds: grace,
      ...(finalizers.size > 0 && { finalizers: [...finalizers] }),
      ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
    },
  };
  if (isNamespace)
    next['status'] = {
      ...(isObject(current['status']) && current['status']),
      phase: 'Terminating',
    };
  return next;
}

/** Only pods that run somewhere get time to end. */
function graceSeconds(
  { resource }: WriteRequest,
  object: KubeObject,
  options: DeleteOptions,
): number {
  if (resource.storage !== '/pods') return 0;
  const isPlaced = Boolean(valueAt(object, ['spec', 'nodeName']));
  const phase = valueAt(object, ['status', 'phase']);
  if (!isPlaced || phase === 'Succeeded' || phase === 'Failed') return 0;
  const own = valueAt(object, ['spec', 'terminationGracePeriodSeconds']);
  return options.gracePeriodSeconds ?? (typeof own === 'number' ? own : DEFAULT_GRACE_SECONDS);
}
