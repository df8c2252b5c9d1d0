import { canonicalJson, deepEqual, isObject, type JsonObject } from '../object.ts';
import { listKeys, propertySchema, type Schema } from '../schema/schema.ts';
import { emptySet, type FieldSet, insert, isEmpty } from './field-set.ts';

/** How values of a place in an object are merged and owned (structured-merge-diff's terms). */
type Shape = 'atomic' | 'map' | 'list';

function shapeOf(value: unknown, schema: Schema | undefined): Shape {
  if (isObject(value)) {
    return schema?.['x-kubernetes-map-type'] === 'atomic' ? 'atomic' : 'map';
  }
  if (Array.isArray(value)) {
    const type = schema?.['x-kubernetes-list-type'];
    return type === 'map' || type === 'set' ? 'list' : 'atomic';
  }
  return 'atomic';
}

/** What an item of a keyed list or of a set is called in a field set. */
export function itemElement(schema: Schema | undefined, item: unknown): string {
  if (schema?.['x-kubernetes-list-type'] === 'map' && isObject(item)) {
    return `k:${canonicalJson(listKeys(schema, item))}`;
  }
  return `v:${canonicalJson(item)}`;
}

/** Every field an object sets. */
export function fieldsOf(value: unknown, schema: Schema | undefined): FieldSet {
  const set = emptySet();
  collect(value, schema, [], set);
  return set;
}

function collect(value: unknown, schema: Schema | undefined, path: string[], set: FieldSet): void {
  switch (shapeOf(value, schema)) {
    case 'atomic':
      insert(set, path);
      return;
    case 'map':
      for (const [key, inner] of Object.entries(value as JsonObject)) {
        const at = [...path, `f:${key}`];
        const isNamed = schema?.properties !== undefined && Object.hasOwn(schema.properties, key);
        collect(inner, propertySchema(schema, key), at, set);
        if (!isNamed || (isObject(inner) && Object.keys(inner).length === 0)) insert(set, at);
      }
      return;
    case 'list':
      for (const item of value as unknown[]) {
        const at = [...path, itemElement(schema, item)];
        collect(item, schema?.items, at, set);
        insert(set, at);
      }
  }
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** The fields in which two objects differ. */
export function compare(before: unknown, after: unknown, schema: Schema | undefined): Comparison {
  const result: Comparison = { added: emptySet(), modified: emptySet(), removed: emptySet() };
  compareAt(before, after, schema, [], result);
  return result;
}

function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value)
    ? value.length === 0
    : isObject(value) && Object.keys(value).length === 0;
}

/** null fits every shape. */
function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function compareAt(
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  path: string[],
  result: Comparison,
): void {
  const shape = shapeOf(after ?? before, schema);
  const isLeaf =
    shape === 'atomic' ||
    (isBlank(before) && isBlank(after)) ||
    (isThere(before) && isThere(after) && shapeOf(before, schema) !== shape);
  if (isLeaf) {
    if (before === undefined) insert(result.added, path);
    else if (after === undefined) insert(result.removed, path);
    else if (!deepEqual(before, after)) insert(result.modified, path);
    return;
  }
  const left = childrenOf(before, schema);
  const right = childrenOf(after, schema);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const inner = element.startsWith('f:')
      ? propertySchema(schema, element.slice(2))
      : schema?.items;
    const one = orEmptyStruct(before, schema, element, left.get(element));
    const other = orEmptyStruct(after, schema, element, right.get(element));
    compareAt(one, other, inner, [...path, element], result);
  }
  if (path.length === 0) return;
  if (before === undefined) insert(result.added, path);
  else if (after === undefined) insert(result.removed, path);
}

/** Go has no absent structs, and writes required lists as null: both are there where their parent is. */
function orEmptyStruct(
  parent: unknown,
  parentSchema: Schema | undefined,
  element: string,
  value: unknown,
): unknown {
  if (value !== undefined || parent === undefined || !element.startsWith('f:')) return value;
  const name = element.slice(2);
  const schema = propertySchema(parentSchema, name);
  if (schema?.isStruct === true) return {};
  const isBuiltin = parentSchema?.isStruct === true;
  return isBuiltin && schema?.type === 'array' && parentSchema?.required?.includes(name)
    ? null
    : value;
}

function childrenOf(value: unknown, schema: Schema | undefined): Map<string, unknown> {
  if (isObject(value)) {
    return new Map(Object.entries(value).map(([key, inner]) => [`f:${key}`, inner]));
  }
  if (!Array.isArray(value)) return new Map();
  return new Map(value.map((item) => [itemElement(schema, item), item]));
}

/** Lays an applied configuration over the live object: maps and keyed lists merge, everything else is replaced. */
export function merge(live: unknown, applied: unknown, schema: Schema | undefined): unknown {
  const shape = shapeOf(applied, schema);
  if (live === undefined || shape === 'atomic' || shapeOf(live, schema) !== shape) return applied;
  if (shape === 'map') {
    const result: JsonObject = { ...(live as JsonObject) };
    for (const [key, inner] of Object.entries(applied as JsonObject)) {
      result[key] = merge(result[key], inner, propertySchema(schema, key));
    }
    return result;
  }
  return mergeList(live as unknown[], applied as unknown[], schema);
}

/**
 * The applied items come in their own order; live items that nobody applied keep their place among those
 * that both have, and come before what is new.
 */
function mergeList(live: unknown[], applied: unknown[], schema: Schema | undefined): unknown[] {
  const liveBy = childrenOf(live, schema);
  const appliedBy = childrenOf(applied, schema);
  const result: unknown[] = [];
  const left = [...liveBy.keys()];
  const takeLiveOnly = () => {
    while (left.length > 0 && !appliedBy.has(left[0] as string)) {
      result.push(liveBy.get(left.shift() as string));
    }
  };
  for (const [element, item] of appliedBy) {
    takeLiveOnly();
    const at = left.indexOf(element);
    // A shared item that was moved: what stood before it follows in its own turn.
    if (at >= 0) left.splice(at, 1);
    result.push(merge(liveBy.get(element), item, schema?.items));
  }
  takeLiveOnly();
  return result;
}

/** Removes fields, with everything below them; undefined when nothing is left of what was there. */
export function removeFields(value: unknown, set: FieldSet, schema: Schema | undefined): unknown {
  const shape = shapeOf(value, schema);
  if (shape === 'atomic' || isEmpty(set)) return value;
  if (shape === 'map') {
    const result: JsonObject = {};
    for (const [key, inner] of Object.entries(value as JsonObject)) {
      const child = set.children.get(`f:${key}`);
      if (child?.member === true) continue;
      const kept =
        child === undefined ? inner : removeFields(inner, child, propertySchema(schema, key));
      if (kept !== undefined) result[key] = kept;
    }
    return Object.keys(result).length === 0 ? undefined : result;
  }
  const items = (value as unknown[]).flatMap((item) => {
    const child = set.children.get(itemElement(schema, item));
    if (child?.member === true) return [];
    const kept = child === undefined ? item : removeFields(item, child, schema?.items);
    return kept === undefined ? [] : [kept];
  });
  return items.length === 0 ? undefined : items;
}

/**
 * A set in which every property that the schema names is itself a member where anything below it is:
 * removing such a property's fields then counts as removing the property.
 */
export function withNamedFields(set: FieldSet, schema: Schema | undefined): FieldSet {
  const result: FieldSet = { member: set.member, children: new Map() };
  for (const [element, child] of set.children) {
    const name = element.startsWith('f:') ? element.slice(2) : undefined;
    const inner = name === undefined ? schema?.items : propertySchema(schema, name);
    const deep = withNamedFields(child, inner);
    const isNamed = name !== undefined && schema?.properties?.[name] !== undefined;
    result.children.set(element, isNamed ? { ...deep, member: true } : deep);
  }
  return result;
}
