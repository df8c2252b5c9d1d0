import {
  type FieldError,
  forbiddenField,
  invalidField,
  requiredField,
  unsupportedField,
} from '../field-error.ts';
import { isObject, type KubeObject, valueAt } from '../object.ts';
import { applyDefaults } from '../schema/default.ts';
import { ruleEnvironment } from '../schema/rules.ts';
import type { Schema } from '../schema/schema.ts';
import { validateSchema } from '../schema/validate.ts';
import type { Crd } from './custom.ts';

/** A CustomResourceDefinition: names, versions, structural schemas, rules that compile. */
export function validateCrd(object: KubeObject, old: KubeObject | null): FieldError[] {
  const crd = object as Crd;
  const { group, names, versions, conversion } = crd.spec;
  const errors: FieldError[] = [];
  const expected = `${names.plural}.${group}`;
  if (object.metadata.name !== expected) {
    const why = `must be spec.names.plural+"."+spec.group`;
    errors.push(invalidField('metadata.name', object.metadata.name, why));
  }
  if (versions.filter((one) => one.storage).length !== 1) {
    errors.push(
      invalidField(
        'spec.versions',
        versions,
        'must have exactly one version marked as storage version',
      ),
    );
  }
  if (conversion !== undefined && conversion.strategy !== 'None') {
    errors.push(
      forbiddenField('spec.conversion.strategy', 'the local API server has no conversion webhooks'),
    );
  }
  if (crd.spec.preserveUnknownFields === true) {
    errors.push(invalidField('spec.preserveUnknownFields', true, 'must be false'));
  }
  for (const [index, version] of versions.entries()) {
    // The only version's schema is blamed where former API versions had it.
    const place = versions.length === 1 ? 'spec.validation' : `spec.versions[${index}].schema`;
    const path = `${place}.openAPIV3Schema`;
    const schema = version.schema?.openAPIV3Schema;
    if (schema === undefined) errors.push(requiredField(path, 'schemas are required'));
    else errors.push(...validateStructure(schema, path, 'root'));
  }
  for (const path of [
    ['spec', 'group'],
    ['spec', 'names', 'plural'],
    ['spec', 'names', 'kind'],
    ['spec', 'scope'],
  ]) {
    const before = old === null ? undefined : valueAt(old, path);
    if (before !== undefined && before !== valueAt(object, path)) {
      errors.push(invalidField(path.join('.'), valueAt(object, path), 'field is immutable'));
    }
  }
  return errors;
}

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
/** What a structural schema may not say, with what the real server answers. */
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['$ref', 'must be empty'],
  ['definitions', 'must be empty'],
  ['dependencies', 'must be empty'],
  ['patternProperties', 'must be empty'],
  ['additionalItems', 'must be empty'],
];
const LOGIC = ['type', 'default', 'description', 'additionalProperties', 'nullable', 'title'];

function validateStructure(
  schema: Schema,
  path: string,
  place: 'root' | 'inside' | 'logic',
): FieldError[] {
  const errors: FieldError[] = [];
  const raw = schema as Record<string, unknown>;
  if (place === 'logic') {
    for (const key of LOGIC) {
      if (raw[key] !== undefined)
        errors.push(forbiddenField(`${path}.${key}`, 'must be empty to be structural'));
    }
  } else errors.push(...validateTypes(schema, path, place));
  for (const [key, why] of FORBIDDEN) {
    if (raw[key] !== undefined) errors.push(forbiddenField(`${path}.${key}`, why));
  }
  if (raw['uniqueItems'] === true) {
    errors.push(
      forbiddenField(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  }
  if (
    schema.properties !== undefined &&
    schema.additionalProperties !== undefined &&
    place !== 'logic'
  ) {
    errors.push(
      forbiddenField(
        `${path}.additionalProperties`,
        'additionalProperties and properties are mutual exclusive',
      ),
    );
  }
  return [
    ...errors,
    ...validateListType(schema, path),
    ...validateDefault(schema, path),
    ...validateRules(schema, path),
    ...validateChildren(schema, path, place === 'logic' ? 'logic' : 'inside'),
  ];
}

function validateTypes(schema: Schema, path: string, place: 'root' | 'inside'): FieldError[] {
  const { type } = schema;
  if (type === undefined || type === '') {
    const isFree =
      schema['x-kubernetes-int-or-string'] === true ||
      schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (isFree && place !== 'root') return [];
    return [
      requiredField(
        `${path}.type`,
        place === 'root'
          ? 'must not be empty at the root'
          : 'must not be empty for specified object fields',
      ),
    ];
  }
  if (!TYPES.includes(type)) return [unsupportedField(`${path}.type`, type, TYPES)];
  if (place === 'root' && type !== 'object') {
    return [invalidField(`${path}.type`, type, 'must be object at the root')];
  }
  if (type === 'array' && schema.items === undefined) {
    return [requiredField(`${path}.items`, 'must be specified')];
  }
  return [];
}

function validateListType(schema: Schema, path: string): FieldError[] {
  if (schema['x-kubernetes-list-type'] !== 'map') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (keys.length === 0) {
    return [
      requiredField(
        `${path}.x-kubernetes-list-map-keys`,
        'must not be empty if x-kubernetes-list-type is map',
      ),
    ];
  }
  const items = schema.items;
  return keys.flatMap((key, index) => {
    const at = `${path}.x-kubernetes-list-map-keys[${index}]`;
    const inner = items?.properties?.[key];
    if (inner === undefined)
      return [invalidField(at, key, `must be one of the fields in ${path}.items.properties`)];
    if (inner.default === undefined && items?.required?.includes(key) !== true) {
      return [
        requiredField(
          `${path}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      ];
    }
    return [];
  });
}

function validateDefault(schema: Schema, path: string): FieldError[] {
  if (schema.default === undefined || schema.default === null) return [];
  const value = structuredClone(schema.default);
  applyDefaults(value, schema);
  return validateSchema(value, schema, `${path}.default`).filter((one) => one.field !== '<nil>');
}

function validateRules(schema: Schema, path: string): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const errors: FieldError[] = [];
    const problem = ruleEnvironment.problem(rule.rule);
    if (problem !== null)
      errors.push(invalidField(`${at}.rule`, rule.rule, `compilation failed: ${problem}`));
    if (rule.messageExpression !== undefined) {
      const wrong = ruleEnvironment.problem(rule.messageExpression);
      if (wrong !== null) {
        errors.push(
          invalidField(
            `${at}.messageExpression`,
            rule.messageExpression,
            `messageExpression compilation failed: ${wrong}`,
          ),
        );
      }
    }
    return errors;
  });
}

function validateChildren(schema: Schema, path: string, place: 'inside' | 'logic'): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    const at = `${path}.properties[${key}]`;
    if (path.endsWith('openAPIV3Schema') && key === 'metadata' && isObject(inner)) continue;
    errors.push(...validateStructure(inner, at, place));
  }
  if (schema.items !== undefined)
    errors.push(...validateStructure(schema.items, `${path}.items`, place));
  if (typeof schema.additionalProperties === 'object') {
    errors.push(
      ...validateStructure(schema.additionalProperties, `${path}.additionalProperties`, place),
    );
  }
  // The int-or-string pattern repeats types inside its anyOf.
  if (schema['x-kubernetes-int-or-string'] !== true) {
    for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
      for (const [index, inner] of (schema[key] ?? []).entries()) {
        errors.push(...validateStructure(inner, `${path}.${key}[${index}]`, 'logic'));
      }
    }
    if (schema.not !== undefined)
      errors.push(...validateStructure(schema.not, `${path}.not`, 'logic'));
  }
  return errors;
}
