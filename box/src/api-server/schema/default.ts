import { clone, isObject, type JsonObject } from '../object.ts';
import { propertySchema, type Schema } from './schema.ts';

/**
 * Fills in place what is absent and has a default; null where the schema allows none counts as absent.
 * Defaults go into an object that is there, never make one (its own default does that).
 */
export function applyDefaults(value: unknown, schema: Schema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(item, schema.items);
    return;
  }
  if (!isObject(value)) return;
  fillIn(value, schema);
  for (const [key, inner] of Object.entries(value))
    applyDefaults(inner, propertySchema(schema, key));
}

function fillIn(value: JsonObject, schema: Schema): void {
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    const isTyped = inner.type !== undefined || inner['x-kubernetes-int-or-string'] === true;
    if (value[key] === null && inner.nullable !== true && isTyped) delete value[key];
    if (value[key] === undefined && inner.default !== undefined) value[key] = clone(inner.default);
  }
}
