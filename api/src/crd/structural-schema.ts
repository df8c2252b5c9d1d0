import type { CelRule } from '../v1/structural.ts';

/** A schema of JSON Schema as TypeBox makes it; only the keywords that we use. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Keywords that mean the same in a CRD. */
const KEPT = [
  ...['type', 'description', 'default', 'enum', 'pattern', 'minLength', 'maxLength'],
  ...['minimum', 'maximum', 'minItems', 'maxItems', 'maxProperties', 'required'],
  ...['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-validations'],
];

/** Keywords that a CRD says in another way, or that are for our own checks alone. */
const REPLACED = new Set([
  'properties',
  'items',
  'additionalProperties',
  'propertyNames',
  'const',
  'uniqueItems',
]);

/**
 * The schema as the API server takes it: structural, with nothing in it that it would refuse.
 *
 * @throws Error naming a keyword for which there is no translation: none is dropped in silence
 */
export function structuralSchema(schema: JsonSchema, path = ''): JsonSchema {
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (KEPT.includes(keyword)) result[keyword] = value;
    else if (!REPLACED.has(keyword) && !keyword.startsWith('x-radondb-')) {
      throw new Error(`${path}: the keyword ${keyword} has no place in a CRD`);
    }
  }
  if ('const' in schema) result['enum'] = [schema['const']];
  return {
    ...result,
    ...patternInWords(schema),
    ...structuralType(schema['type']),
    ...structuralChildren(schema, path),
    ...withoutDefaulted(schema),
  };
}

/**
 * Of a pattern the API server tells a person the regular expression; of a rule it tells them our
 * words. Both are the same check; of keys a rule is the only one.
 */
function patternInWords(schema: JsonSchema): Record<string, unknown> {
  const { type, pattern, propertyNames, 'x-radondb-message': message } = schema;
  const found: CelRule[] = [];
  if (typeof pattern === 'string' && typeof message === 'string') {
    const matches = matching('self', pattern);
    found.push({
      rule: type === 'string' ? matches : `type(self) != string || ${matches}`,
      message,
      reason: 'FieldValueInvalid',
    });
  }
  if (isSchema(propertyNames)) {
    found.push({
      rule: `self.all(key, ${matching('key', String(propertyNames['pattern']))})`,
      message: `keys ${String(propertyNames['x-radondb-message'])}`,
      reason: 'FieldValueInvalid',
    });
  }
  if (found.length === 0) return {};
  const own = schema['x-kubernetes-validations'];
  const all = [...found, ...(Array.isArray(own) ? own : [])];
  return { pattern: undefined, 'x-kubernetes-validations': all };
}

function matching(text: string, pattern: string): string {
  return `${text}.matches(${JSON.stringify(pattern)})`;
}

/**
 * A structural schema has one type. A whole number or text is a thing that Kubernetes knows; of a
 * value of other types it keeps what there is, and the webhook looks at it.
 */
function structuralType(type: unknown): Record<string, unknown> {
  if (!Array.isArray(type)) return {};
  if ([...type].sort().join() === 'integer,string') {
    return {
      type: undefined,
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
    };
  }
  return { type: undefined, 'x-kubernetes-preserve-unknown-fields': true };
}

function structuralChildren(schema: JsonSchema, path: string): Record<string, unknown> {
  const { properties, items, additionalProperties } = schema;
  const children: Record<string, unknown> = {};
  if (isSchema(properties)) {
    children['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, child]) => [
        name,
        structuralSchema(child as JsonSchema, `${path}.${name}`),
      ]),
    );
  }
  if (isSchema(items)) children['items'] = structuralSchema(items, `${path}[]`);
  if (isSchema(additionalProperties)) {
    children['additionalProperties'] = structuralSchema(additionalProperties, `${path}{}`);
  }
  return children;
}

/** What has a default is never missing. */
function withoutDefaulted(schema: JsonSchema): Record<string, unknown> {
  const { required, properties } = schema;
  if (!Array.isArray(required) || !isSchema(properties)) return {};
  const missing = required.filter((name: string) => {
    const child = properties[name];
    return !isSchema(child) || !('default' in child);
  });
  return { required: missing.length === 0 ? undefined : missing };
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
