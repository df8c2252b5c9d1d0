import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { applyBuiltinDefaults } from '../kinds/defaults.ts';
import { apiVersionOf, type Resource } from '../kinds/resource.ts';
import { validateBuiltin } from '../kinds/validate-builtin.ts';
import { validateMeta } from '../kinds/validate-meta.ts';
import { canonicalJson, isObject, type JsonObject, type KubeObject } from '../object.ts';
import { applyDefaults } from '../schema/default.ts';
import { validateLists } from '../schema/list-uniqueness.ts';
import { prune } from '../schema/prune.ts';
import { checkRules } from '../schema/rules.ts';
import { validateSchema } from '../schema/validate.ts';
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

export function fillDefaults(resource: Resource, object: KubeObject): void {
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
  resource: Resource,
  object: KubeObject,
  old: KubeObject | null,
): void {
  const errors: FieldError[] = [
    ...validateMeta(resource, object, old),
    ...validateSchema(
      withoutMetadata(object),
      resource.schema,
      '',
      ...(old === null ? [] : [withoutMetadata(old)]),
    ),
  ];
  errors.push(...validateScale(resource, object));
  if (old === null || validateLists(old, resource.schema).length === 0) {
    if (resource.isCustom) errors.push(...validateLists(withoutMetadata(object), resource.schema));
  }
  if (!resource.isCustom) {
    if (errors.length === 0) errors.push(...validateBuiltin(resource.storage, object, old));
  } else if (errors.some((one) => BLOCKING.has(one.type))) {
    errors.push({ ...invalidField('<nil>', null, NOT_CHECKED) });
  } else errors.push(...checkRules(object, resource.schema, old ?? undefined));
  if (errors.length > 0) throw invalid(resource, object.metadata.name ?? '', errors);
}

/** What the server itself wrote into the metadata needs no check. */
function withoutMetadata(object: KubeObject): JsonObject {
  const { metadata: _, ...rest } = object;
  return rest;
}

function validateScale(resource: Resource, object: KubeObject): FieldError[] {
  if (!resource.isCustom || resource.scale === null) return [];
  const { specReplicasPath } = resource.scale;
  const replicas = specReplicasPath
    .split('.')
    .slice(1)
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object);
  if (typeof replicas !== 'number' || replicas >= 0) return [];
  return [invalidField(specReplicasPath, replicas, 'should be a non-negative integer')];
}

/** Kubernetes' error for an apply of fields that the schema does not have. */
export function undeclaredFields(object: KubeObject, request: WriteRequest): void {
  const unknown = prune(structuredClone(object), request.resource.schema);
  if (unknown.length === 0) return;
  const { namespace, name, resource } = request;
  const texts = unknown.map((path) => `.${path}: field not declared in schema`);
  const list = texts.length === 1 ? texts[0] : `errors:\n  ${texts.join('\n  ')}`;
  const place = namespace === '' ? `/${name}` : `${namespace}/${name}`;
  const message = `failed to create typed patch object (${place}; ${apiVersionOf(resource)}, Kind=${resource.kind}): ${list}`;
  throw new StatusError(500, '', message);
}
