import { isObject, type JsonObject } from '../object.ts';
import { propertySchema, type Schema } from './schema.ts';

/** Words of CEL that a property may be called: rules write them between double underscores. */
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/**
 * A JSON value as CEL sees it: whole numbers are int (what a schema calls a number is a double), properties
 * whose names CEL cannot say are escaped, dates are timestamps.
 */
export function toCel(value: unknown, schema?: Schema): unknown {
  if (typeof value === 'number') {
    return Number.isInteger(value) && schema?.type !== 'number' ? BigInt(value) : value;
  }
  if (typeof value === 'string' && schema?.format === 'date-time') return new Date(value);
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema?.items));
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    const isNamed = schema?.properties !== undefined && Object.hasOwn(schema.properties, key);
    result[isNamed ? escapeName(key) : key] = toCel(inner, propertySchema(schema, key));
  }
  return result;
}

export function escapeName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
