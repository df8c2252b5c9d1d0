import type { FieldError } from '../field-error.ts';
import { canonicalJson, isObject } from '../object.ts';
import { listKeys, propertySchema, type Schema } from './schema.ts';
import { childPath } from './validate.ts';

/** Lists declared as sets or keyed by a property have no item twice. */
export function validateLists(value: unknown, schema: Schema | undefined, path = ''): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    const inner = value.flatMap((item, index) =>
      validateLists(item, schema.items, `${path}[${index}]`),
    );
    return [...duplicates(value, schema, path), ...inner];
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    validateLists(inner, propertySchema(schema, key), childPath(path, key)),
  );
}

function duplicates(items: unknown[], schema: Schema, path: string): FieldError[] {
  const kind = schema['x-kubernetes-list-type'];
  if (kind !== 'map' && kind !== 'set') return [];
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, item] of items.entries()) {
    const identity = kind === 'map' && isObject(item) ? listKeys(schema, item) : item;
    const text = canonicalJson(identity);
    if (seen.has(text)) {
      errors.push({
        type: 'FieldValueDuplicate',
        field: `${path}[${index}]`,
        value: identity,
        detail: '',
      });
    }
    seen.add(text);
  }
  return errors;
}
