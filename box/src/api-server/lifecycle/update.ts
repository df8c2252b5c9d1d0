import { checkPolicies } from '../admission/policies.ts';
import { mutate, validate } from '../admission/webhooks.ts';
import { trackUpdate } from '../apply/server-side-apply.ts';
import { invalidField } from '../field-error.ts';
import {
  clone,
  deepEqual,
  type JsonObject,
  type KubeObject,
  type ManagedFieldsEntry,
} from '../object.ts';
import { badRequest, conflict, invalid, MODIFIED, notFound } from '../status-error.ts';
import { WriteConflict } from '../store/store.ts';
import { type Api, admissionRequest, keyOf, served, stored, type WriteRequest } from './context.ts';
import { hasGeneration } from './create.ts';
import { dropUnknown, fillDefaults, validateObject } from './prepare.ts';
import { writerOf } from './writer.ts';

/** What an update makes of the object that is there; `managedFields` when the change settled them itself. */
export interface Change {
  readonly object: KubeObject;
  readonly managedFields?: ManagedFieldsEntry[];
}

const ATTEMPTS = 10;

/**
 * Reads, changes and writes an object, again from the start when somebody else was faster and the change
 * does not insist on a version.
 * @throws StatusError 404, 409, 422 or what an admission said.
 */
export async function update(
  api: Api,
  request: WriteRequest,
  change: (current: KubeObject) => Change,
): Promise<KubeObject> {
  const { resource, name } = request;
  const key = keyOf(request);
  for (let attempt = 1; ; attempt += 1) {
    const base = api.store.latest(key);
    if (base === undefined) throw notFound(resource, name);
    const current = served(resource, base);
    const next = change(clone(current));
    requireSame(request, current, next.object);
    const prepared = await prepare(api, request, current, next);
    if (request.dryRun) return prepared;
    if (isUnchanged(current, prepared)) return current;
    try {
      return await write(api, request, prepared, base);
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error;
      const insists = next.object.metadata.resourceVersion !== current.metadata.resourceVersion;
      if (insists || attempt === ATTEMPTS) throw conflict(resource, name, MODIFIED);
    }
  }
}

async function write(
  api: Api,
  request: WriteRequest,
  prepared: KubeObject,
  base: KubeObject,
): Promise<KubeObject> {
  const { resource } = request;
  const final = isFinished(request, prepared) ? null : stored(resource, prepared);
  const written = await api.store.write(keyOf(request), final, base);
  return written === null ? prepared : served(resource, written);
}

/** Marked for deletion with nothing left to do: this write ends it. A namespace is ended by its controller. */
function isFinished({ resource }: WriteRequest, { metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers ?? []).length === 0 &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    resource.storage !== '/namespaces'
  );
}

/** PUT: the whole object as it shall be. */
export function replacement(
  request: WriteRequest,
  given: KubeObject,
): (current: KubeObject) => Change {
  const { resource, name } = request;
  const wanted = given.metadata.name;
  if (wanted !== undefined && wanted !== '' && wanted !== name) {
    throw badRequest(
      `the name of the object (${wanted}) does not match the name on the URL (${name})`,
    );
  }
  const object = clone(given);
  dropUnknown(object, request);
  return (current) => {
    const version = object.metadata.resourceVersion;
    if (!version && resource.isCustom) {
      // Blamed on the resource, not on the kind: this is found before the object is looked at.
      throw invalid({ group: resource.group, kind: resource.plural }, name, [
        invalidField('metadata.resourceVersion', 0, 'must be specified for an update'),
      ]);
    }
    const metadata = {
      ...object.metadata,
      name,
      resourceVersion: version || current.metadata.resourceVersion,
    };
    return { object: { ...clone(object), metadata } as KubeObject };
  };
}

function requireSame(request: WriteRequest, current: KubeObject, next: KubeObject): void {
  const { uid, resourceVersion } = next.metadata;
  if (uid && uid !== current.metadata.uid) {
    throw conflict(
      request.resource,
      request.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid ?? ''}`,
    );
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(request.resource, request.name, MODIFIED);
  }
}

async function prepare(
  api: Api,
  request: WriteRequest,
  current: KubeObject,
  change: Change,
): Promise<KubeObject> {
  const { resource } = request;
  let next = keepSystemFields(request, current, change.object);
  fillDefaults(resource, next);
  const owners = change.managedFields ?? trackUpdate(current, next, writerOf(api, request));
  if (owners.length === 0) delete next.metadata.managedFields;
  else next.metadata.managedFields = owners;
  const mutated = await mutate(
    api.store,
    admissionRequest(request, 'UPDATE', next, current),
    request.warn,
  );
  if (mutated !== null && mutated !== next) {
    const { managedFields } = next.metadata;
    next = keepSystemFields(request, current, mutated);
    dropUnknown(next, { ...request, fieldValidation: 'Ignore' });
    fillDefaults(resource, next);
    if (managedFields !== undefined) next.metadata.managedFields = managedFields;
  }
  raiseGeneration(request, current, next);
  validateObject(request, next, current);
  const review = admissionRequest(request, 'UPDATE', next, current);
  checkPolicies(api.store, review, request.warn);
  await validate(api.store, review, request.warn);
  return next;
}

/** What no client may change stays: through /status everything but the status, otherwise the status. */
function keepSystemFields(
  request: WriteRequest,
  current: KubeObject,
  given: KubeObject,
): KubeObject {
  const { resource, subresource } = request;
  if (subresource === 'status') {
    const { managedFields } = given.metadata;
    const metadata = { ...current.metadata, ...(managedFields && { managedFields }) };
    return withStatus({ ...clone(current), metadata }, given['status']);
  }
  const metadata = { ...given.metadata, name: request.name };
  for (const key of [
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
    'resourceVersion',
    'generateName',
  ] as const) {
    const value = current.metadata[key];
    if (value === undefined) delete (metadata as JsonObject)[key];
    else (metadata as JsonObject)[key] = value;
  }
  const next = { ...given, metadata };
  return resource.hasStatus ? withStatus(next, current['status']) : next;
}

function withStatus(object: KubeObject, status: unknown): KubeObject {
  const { status: _, ...rest } = object;
  return (status === undefined ? rest : { ...rest, status }) as KubeObject;
}

function raiseGeneration(request: WriteRequest, current: KubeObject, next: KubeObject): void {
  if (!hasGeneration(request) || request.subresource === 'status') return;
  const { resource } = request;
  const content = (object: KubeObject): JsonObject => {
    const { metadata: _metadata, status, ...rest } = object;
    // Without a status subresource a custom resource's status is content like any other.
    return resource.isCustom && !resource.hasStatus ? { ...rest, status } : rest;
  };
  if (deepEqual(content(current), content(next))) return;
  next.metadata.generation = (current.metadata.generation ?? 0) + 1;
}

/** Only the times of ownership differ: nothing is written. */
function isUnchanged(current: KubeObject, next: KubeObject): boolean {
  const timeless = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: (object.metadata.managedFields ?? []).map((one) => ({ ...one, time: '' })),
    },
  });
  return deepEqual(timeless(current), timeless(next));
}
