import { isObject } from '../object.ts';
import { preservesUnknown, propertySchema, type Schema } from '../schema/schema.ts';
import { pathText } from './field-set.ts';
import { itemElement } from './typed.ts';

/** What of an applied configuration does not fit the schema, in structured-merge-diff's words. */
export function typedErrors(
  value: unknown,
  schema: Schema | undefined,
  path: readonly string[] = [],
): string[] {
  if (schema === undefined || value === null) return [];
  const blame = (what: string) => [`${pathText(path)}: ${what}`];
  const expected = expectation(schema, value);
  if (expected !== null) return blame(expected);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      const isKeyed =
        schema['x-kubernetes-list-type'] === 'map' || schema['x-kubernetes-list-type'] === 'set';
      const element = isKeyed ? itemElement(schema, item) : `i:${index}`;
      return typedErrors(item, schema.items, [...path, element]);
    });
  }
  if (!isObject(value)) return [];
  const keepsAll = preservesUnknown(schema);
  return Object.keys(value)
    .sort()
    .flatMap((key) => {
      const inner = propertySchema(schema, key);
      const at = [...path, `f:${key}`];
      if (inner === undefined)
        return keepsAll ? [] : [`${pathText(at)}: field not declared in schema`];
      return typedErrors(value[key], inner, at);
    });
}

function expectation(schema: Schema, value: unknown): string | null {
  const type: string = schema.type ?? '';
  switch (type) {
    case 'string':
      return typeof value === 'string' ? null : `expected string, got ${wrapped(value)}`;
    case 'boolean':
      return typeof value === 'boolean' ? null : `expected boolean, got ${wrapped(value)}`;
    case 'integer':
    case 'number':
      return typeof value === 'number'
        ? null
        : `expected numeric (int or float), got ${goType(value)}`;
    case 'array':
      return Array.isArray(value) ? null : `expected list, got ${plain(value)}`;
    case 'object':
      return isObject(value) ? null : `expected map, got ${plain(value)}`;
    default:
      return null;
  }
}

function wrapped(value: unknown): string {
  return `&value.valueUnstructured{Value:${goLiteral(value)}}`;
}

function plain(value: unknown): string {
  return `&{${typeof value === 'string' ? value : goLiteral(value)}}`;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  return isObject(value)
    ? 'map[string]interface {}'
    : typeof value === 'boolean'
      ? 'bool'
      : 'string';
}

/** A value as Go's `%#v` shows it. */
function goLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goLiteral).join(', ')}}`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, inner]) => `${JSON.stringify(key)}:${goLiteral(inner)}`,
  );
  return `map[string]interface {}{${entries.join(', ')}}`;
}
