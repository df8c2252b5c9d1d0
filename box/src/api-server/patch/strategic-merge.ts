import { deepEqual, isObject, type JsonObject } from '../object.ts';
import { propertySchema, type Schema } from '../schema/schema.ts';
import { badRequest } from '../status-error.ts';

const DIRECTIVE = '$patch';
const DELETE_PREFIX = '$deleteFromPrimitiveList/';
const ORDER_PREFIX = '$setElementOrder/';
const RETAIN_KEYS = '$retainKeys';

/**
 * Kubernetes' strategic merge: lists whose schema has a merge key merge by it, everything else as in a
 * merge patch. Knows `$patch: delete|replace|merge`, `$deleteFromPrimitiveList`, `$setElementOrder`, `$retainKeys`.
 */
export function applyStrategicMerge(
  document: JsonObject,
  patch: JsonObject,
  schema: Schema,
): JsonObject {
  return mergeObject(document, patch, schema);
}

function mergeObject(
  document: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
): JsonObject {
  if (patch[DIRECTIVE] === 'replace') return omit(patch, DIRECTIVE);
  if (patch[DIRECTIVE] === 'delete') return {};
  const result = retain(document, patch[RETAIN_KEYS]);
  for (const [key, value] of Object.entries(patch)) {
    if (key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(ORDER_PREFIX)) continue;
    if (key.startsWith(DELETE_PREFIX)) {
      const name = key.slice(DELETE_PREFIX.length);
      result[name] = asList(result[name]).filter(
        (item) => !asList(value).some((one) => deepEqual(one, item)),
      );
    } else if (value === null) delete result[key];
    else result[key] = mergeValue(result[key], value, propertySchema(schema, key));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(ORDER_PREFIX)) continue;
    const name = key.slice(ORDER_PREFIX.length);
    const mergeKey = propertySchema(schema, name)?.['x-kubernetes-patch-merge-key'];
    if (Array.isArray(result[name]))
      result[name] = ordered(result[name], asList(value), asList(document[name]), mergeKey);
  }
  return result;
}

function retain(document: JsonObject, keys: unknown): JsonObject {
  if (!Array.isArray(keys)) return { ...document };
  return Object.fromEntries(Object.entries(document).filter(([key]) => keys.includes(key)));
}

function omit(object: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = object;
  return rest;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function mergeValue(current: unknown, value: unknown, schema: Schema | undefined): unknown {
  if (isObject(value)) return mergeObject(isObject(current) ? current : {}, value, schema);
  const isMerged = schema?.['x-kubernetes-patch-strategy']?.split(',').includes('merge') === true;
  if (!Array.isArray(value) || !isMerged) return value;
  const mergeKey = schema?.['x-kubernetes-patch-merge-key'];
  if (mergeKey === undefined) {
    const added = value.filter((item) => !asList(current).some((one) => deepEqual(one, item)));
    return [...asList(current), ...added];
  }
  return mergeKeyedList(asList(current), value, mergeKey, schema?.items);
}

function mergeKeyedList(
  current: unknown[],
  patch: unknown[],
  mergeKey: string,
  schema: Schema | undefined,
): unknown[] {
  if (patch.some((item) => isObject(item) && item[DIRECTIVE] === 'replace')) {
    return patch.filter((item) => !(isObject(item) && item[DIRECTIVE] === 'replace'));
  }
  let result = [...current];
  for (const item of patch) {
    if (!isObject(item) || item[mergeKey] === undefined) {
      throw badRequest(
        `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`,
      );
    }
    const isSame = (one: unknown) => isObject(one) && deepEqual(one[mergeKey], item[mergeKey]);
    if (item[DIRECTIVE] === 'delete') {
      result = result.filter((one) => !isSame(one));
      continue;
    }
    const index = result.findIndex(isSame);
    const merged = mergeObject(index < 0 ? {} : (result[index] as JsonObject), item, schema);
    if (index < 0) result.push(merged);
    else result[index] = merged;
  }
  return ordered(result, patch, current, mergeKey);
}

/**
 * Puts what the patch names in the patch's order. What only the server has comes before its next neighbour
 * on the server, and otherwise last.
 */
function ordered(
  items: readonly unknown[],
  order: readonly unknown[],
  before: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const keyOf = (item: unknown) =>
    mergeKey !== undefined && isObject(item) ? item[mergeKey] : item;
  const find = (list: readonly unknown[], item: unknown) =>
    list.findIndex((one) => deepEqual(keyOf(one), keyOf(item)));
  const named = items
    .filter((item) => find(order, item) >= 0)
    .sort((a, b) => find(order, a) - find(order, b));
  const others = items.filter((item) => find(order, item) < 0);
  const result: unknown[] = [];
  while (named.length > 0 && others.length > 0) {
    const place = find(before, named[0]);
    const isFirst = place >= 0 && find(before, others[0]) < place;
    result.push(isFirst ? others.shift() : named.shift());
  }
  return [...result, ...named, ...others];
}
