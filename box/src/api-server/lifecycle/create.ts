import { randomBytes, randomUUID } from 'node:crypto';
import { checkPolicies } from '../admission/policies.ts';
import { mutate, validate } from '../admission/webhooks.ts';
import { trackUpdate } from '../apply/server-side-apply.ts';
import { NAMESPACES } from '../kinds/registry.ts';
import { clone, type KubeObject, type ManagedFieldsEntry } from '../object.ts';
import { alreadyExists, forbidden, notFound, StatusError } from '../status-error.ts';
import { WriteConflict } from '../store/store.ts';
import { allocateClusterIp } from './cluster-ip.ts';
import {
  type Api,
  admissionRequest,
  keyOf,
  served,
  stored,
  timestamp,
  type WriteRequest,
} from './context.ts';
import { dropUnknown, fillDefaults, validateObject } from './prepare.ts';
import { writerOf } from './writer.ts';

const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const MAX_GENERATED_BASE = 58;

/** Creates an object. `ownership`: given by an apply; otherwise whoever creates owns what is set. */
export async function create(
  api: Api,
  request: WriteRequest,
  given: KubeObject,
  ownership?: ManagedFieldsEntry[],
): Promise<KubeObject> {
  const { resource } = request;
  let object = clone(given);
  if (ownership === undefined) dropUnknown(object, request);
  requireNamespace(api, request, object);
  fillSystemFields(api, request, object);
  fillDefaults(resource, object);
  if (object.metadata.resourceVersion) {
    throw new StatusError(
      400,
      'BadRequest',
      'resourceVersion should not be set on objects to be created',
    );
  }
  object.metadata.managedFields = ownership ?? trackUpdate(null, object, writerOf(api, request));
  const mutated = await mutate(
    api.store,
    admissionRequest(request, 'CREATE', object, null),
    request.warn,
  );
  if (mutated !== null && mutated !== object) {
    // What a webhook adds belongs to nobody.
    const { managedFields } = object.metadata;
    object = { ...mutated, metadata: { ...mutated.metadata, managedFields } };
    dropUnknown(object, { ...request, fieldValidation: 'Ignore' });
    fillDefaults(resource, object);
  }
  if (object.metadata.managedFields?.length === 0) delete object.metadata.managedFields;
  validateObject(request, object, null);
  allocateClusterIp(api, resource, object);
  const key = keyOf(request, object.metadata.name);
  const review = admissionRequest(request, 'CREATE', object, null);
  checkPolicies(api.store, review, request.warn);
  await validate(api.store, review, request.warn);
  if (api.store.latest(key) !== undefined) throw alreadyExists(resource, object.metadata.name);
  if (request.dryRun) return object;
  try {
    const written = await api.store.write(key, stored(resource, object), undefined);
    return served(resource, written as KubeObject);
  } catch (error) {
    if (error instanceof WriteConflict) throw alreadyExists(resource, object.metadata.name);
    throw error;
  }
}

function fillSystemFields(api: Api, request: WriteRequest, object: KubeObject): void {
  const { metadata } = object;
  if (!metadata.name && metadata.generateName) {
    const base = metadata.generateName.slice(0, MAX_GENERATED_BASE);
    const suffix = [...randomBytes(5)]
      .map((byte) => NAME_ALPHABET[byte % NAME_ALPHABET.length])
      .join('');
    metadata.name = `${base}${suffix}`;
  }
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp(api.now());
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.managedFields;
  delete metadata.generation;
  if (hasGeneration(request)) metadata.generation = 1;
  if (request.resource.hasStatus && request.resource.storage !== '/namespaces')
    delete object['status'];
}

const WITH_GENERATION = new Set([
  'apps/statefulsets',
  'policy/poddisruptionbudgets',
  'networking.k8s.io/networkpolicies',
  'discovery.k8s.io/endpointslices',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'apiextensions.k8s.io/customresourcedefinitions',
  '/pods',
]);

export function hasGeneration({ resource }: Pick<WriteRequest, 'resource'>): boolean {
  return resource.isCustom || WITH_GENERATION.has(resource.storage);
}

function requireNamespace(api: Api, request: WriteRequest, object: KubeObject): void {
  const { namespace, resource } = request;
  if (!resource.namespaced) return;
  const found = api.store.latest(`/namespaces//${namespace}`);
  if (found === undefined) throw notFound(NAMESPACES, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = forbidden(resource, object.metadata.name ?? '', why);
  error.status.details = {
    ...error.status.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  };
  throw error;
}
