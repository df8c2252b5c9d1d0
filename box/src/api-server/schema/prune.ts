import { isObject, type JsonObject } from '../object.ts';
import { preservesUnknown, propertySchema, type Schema } from './schema.ts';

/** Removes in place what the schema does not know. @returns the paths removed: `spec.l[0].x`. */
export function prune(value: JsonObject, schema: Schema): string[] {
  const removed: string[] = [];
  walk(value, schema, '', true, removed);
  return removed.sort();
}

/** What every object has and no schema of a custom resource needs to say. */
const ROOT = new Set(['apiVersion', 'kind', 'metadata']);

function walk(
  value: unknown,
  schema: Schema | undefined,
  path: string,
  isRoot: boolean,
  removed: string[],
): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      walk(item, schema.items, `${path}[${index}]`, false, removed);
    }
    return;
  }
  if (!isObject(value)) return;
  const keepsAll = preservesUnknown(schema);
  const isResource = isRoot || schema['x-kubernetes-embedded-resource'] === true;
  for (const key of Object.keys(value)) {
    if (isResource && ROOT.has(key) && schema.properties?.[key]?.properties === undefined) continue;
    const inner = propertySchema(schema, key);
    const innerPath = path === '' ? key : `${path}.${key}`;
    if (inner === undefined && !keepsAll) {
      delete value[key];
      removed.push(innerPath);
    } else {
      walk(value[key], inner, innerPath, false, removed);
    }
  }
}
