import { typedErrors } from '../apply/typed-errors.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { applyBuiltinDefaults } from '../kinds/defaults.ts';
import { apiVersionOf, type Resource } from '../kinds/resource.ts';
import { validateBuiltin } from '../kinds/validate-builtin.ts';
import { validateMeta } from '../kinds/validate-meta.ts';
import { canonicalJson, isObject, type JsonObject, type KubeObject, valueAt } from '../object.ts';
import { NOTHING } from '../schema/correlate.ts';
import { applyDefaults } from '../schema/default.ts';
import { validateLists } from '../schema/list-uniqueness.ts';
import { prune } from '../schema/prune.ts';
import { checkRules } from '../schema/rules.ts';
import { childPath, validateSchema } from '../schema/validate.ts';
import { badRequest, invalid, StatusError } from '../status-error.ts';
import type { WriteRequest } from './context.ts';

/** Reads a body as an object of a kind. @throws StatusError 400 when it is of another. */
export function asObject(value: unknown, { resource, namespace }: WriteRequest): KubeObject {
  if (!isObject(value)) throw badRequest('the body is not a Kubernetes object');
  const expected = apiVersionOf(resource);
  const apiVersion = value['apiVersion'] ?? expected;
  const kind = value['kind'] ?? resource.kind;
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  if (kind !== resource.kind) {
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: the body is of kind ${String(kind)}`,
    );
  }
  const metadata = isObject(value['metadata']) ? value['metadata'] : {};
  const given = metadata['namespace'];
  if (resource.namespaced && given !== undefined && given !== '' && given !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  const place = resource.namespaced ? { namespace } : {};
  return {
    ...value,
    apiVersion,
    kind,
    metadata: { ...metadata, ...place },
  } as unknown as KubeObject;
}

/** Drops what the schema does not know, as the request wants it: silently, with warnings, or not at all. */
export function dropUnknown(object: KubeObject, request: WriteRequest): void {
  const unknown = unknownFields(object, request);
  if (unknown.length === 0) return;
  const { kind, version } = request.resource;
  throw badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${unknown.join(', ')}`,
  );
}

/** The same for the result of a patch, which is blamed in other words. */
export function dropUnknownOfPatch(object: KubeObject, request: WriteRequest): void {
  const shown = canonicalJson(object);
  const unknown = unknownFields(object, request);
  if (unknown.length === 0) return;
  const detail = `strict decoding error: ${unknown.join(', ')}`;
  throw invalid({ group: '', kind: '' }, '', [invalidField('patch', shown, detail)]);
}

function unknownFields(object: KubeObject, request: WriteRequest): string[] {
  const texts = prune(object, request.resource.schema).map((path) => `unknown field "${path}"`);
  if (request.fieldValidation === 'Strict') return texts;
  if (request.fieldValidation === 'Warn') for (const text of texts) request.warn(text);
  return [];
}

/** Defaults in, and out with what is as good as absent in the metadata. */
export function fillDefaults(resource: Resource, object: KubeObject): void {
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    const value = object.metadata[key];
    if (value === null || (value !== undefined && Object.keys(value).length === 0)) {
      delete object.metadata[key];
    }
  }
  applyDefaults(object, resource.schema);
  if (!resource.isCustom) applyBuiltinDefaults(resource.storage, object);
}

const BLOCKING = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** @throws StatusError 422 with every finding. */
export function validateObject(
  { resource, subresource }: Pick<WriteRequest, 'resource' | 'subresource'>,
  object: KubeObject,
  old: KubeObject | null,
): void {
  const metadata = validateMeta(resource, object, old);
  const isStatus = subresource === 'status';
  const errors: FieldError[] = [
    ...metadata,
    // A custom resource's update is looked over twice on the way, and blamed twice.
    ...(resource.isCustom && old !== null ? metadata : []),
    ...(isStatus ? validateStatus(resource, object, old) : validateContent(resource, object, old)),
  ];
  if (resource.isCustom) {
    errors.push(...validateScale(resource, object, isStatus));
    const wasUnique =
      old === null || validateLists(withNameOnly(old), resource.schema).length === 0;
    if (wasUnique) errors.push(...validateLists(withNameOnly(object), resource.schema));
    if (errors.some((one) => BLOCKING.has(one.type)))
      errors.push(invalidField('<nil>', null, NOT_CHECKED));
    else errors.push(...checkRules(object, resource.schema, old ?? undefined));
  } else if (errors.length === 0) errors.push(...validateBuiltin(resource.storage, object, old));
  if (errors.length > 0) throw invalid(resource, object.metadata.name ?? '', errors);
}

function validateContent(
  resource: Resource,
  object: KubeObject,
  old: KubeObject | null,
): FieldError[] {
  const before = old === null ? NOTHING : withNameOnly(old);
  return validateSchema(withNameOnly(object), resource.schema, '', before);
}

/** Paths in the words of a finding begin at the status, its field at the root. */
function validateStatus(
  resource: Resource,
  object: KubeObject,
  old: KubeObject | null,
): FieldError[] {
  const schema = resource.schema.properties?.['status'];
  if (schema === undefined || object['status'] === undefined) return [];
  const before = old?.['status'] ?? NOTHING;
  return validateSchema(object['status'], schema, '', before).map((one) => ({
    ...one,
    field: one.field === '<nil>' ? one.field : childPath('status', one.field),
  }));
}

/** What the server itself wrote into the metadata needs no check; a kind may restrict its names. */
function withNameOnly(object: KubeObject): JsonObject {
  const { name } = object.metadata;
  return { ...object, metadata: name === undefined ? {} : { name } };
}

function validateScale(resource: Resource, object: KubeObject, isStatus: boolean): FieldError[] {
  if (resource.scale === null) return [];
  const { specReplicasPath, statusReplicasPath } = resource.scale;
  const paths = isStatus ? [statusReplicasPath] : [specReplicasPath, statusReplicasPath];
  return paths.flatMap((path) => {
    const replicas = valueAt(object, path.split('.').slice(1)) ?? 0;
    if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
      const type = typeof replicas === 'number' ? 'float64' : typeof replicas;
      const why = `${path} accessor error: ${String(replicas)} is of the type ${type}, expected int64`;
      return [invalidField(path, 0, why)];
    }
    return replicas < 0 ? [invalidField(path, replicas, 'should be a non-negative integer')] : [];
  });
}

/** Kubernetes' error for an apply whose fields the schema does not have, or has of another type. */
export function requireTyped(object: KubeObject, request: WriteRequest): void {
  const { namespace, name, resource } = request;
  const texts = typedErrors(object, resource.schema);
  if (texts.length === 0) return;
  const list = texts.length === 1 ? texts[0] : `errors:\n  ${texts.join('\n  ')}`;
  const place = namespace === '' ? `/${name}` : `${namespace}/${name}`;
  const message = `failed to create typed patch object (${place}; ${apiVersionOf(resource)}, Kind=${resource.kind}): ${list}`;
  throw new StatusError(500, '', message);
}
