import { isObject, type JsonObject } from '../object.ts';

/**
 * A set of paths in an object, as `managedFields` writes it (FieldsV1): `f:NAME` a property, `k:{…}` an item
 * of a keyed list, `v:…` an item of a set. `member`: the path that ends here is in the set.
 */
export interface FieldSet {
  member: boolean;
  readonly children: Map<string, FieldSet>;
}

export function emptySet(): FieldSet {
  return { member: false, children: new Map() };
}

export function isEmpty(set: FieldSet): boolean {
  return !set.member && [...set.children.values()].every(isEmpty);
}

export function insert(set: FieldSet, path: readonly string[]): void {
  let node = set;
  for (const element of path) {
    let next = node.children.get(element);
    if (next === undefined) {
      next = emptySet();
      node.children.set(element, next);
    }
    node = next;
  }
  node.member = true;
}

export function has(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.children.get(element);
  return node?.member === true;
}

type Combine = (a: boolean, b: boolean) => boolean;

function combine(a: FieldSet | undefined, b: FieldSet | undefined, rule: Combine): FieldSet {
  const result = emptySet();
  result.member = rule(a?.member === true, b?.member === true);
  for (const key of new Set([...(a?.children.keys() ?? []), ...(b?.children.keys() ?? [])])) {
    const child = combine(a?.children.get(key), b?.children.get(key), rule);
    if (!isEmpty(child)) result.children.set(key, child);
  }
  return result;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA || inB);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && inB);
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && !inB);
}

/** Takes away paths and everything below them. */
export function without(set: FieldSet, prefixes: FieldSet): FieldSet {
  const result = emptySet();
  result.member = set.member;
  for (const [key, child] of set.children) {
    const prefix = prefixes.children.get(key);
    if (prefix?.member === true) continue;
    const kept = prefix === undefined ? child : without(child, prefix);
    if (!isEmpty(kept)) result.children.set(key, kept);
  }
  return result;
}

/** Every path of the set, in order. */
export function paths(set: FieldSet, prefix: readonly string[] = []): string[][] {
  const own = set.member && prefix.length > 0 ? [[...prefix]] : [];
  const inner = [...set.children.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, child]) => paths(child, [...prefix, key]));
  return [...own, ...inner];
}

export function toFieldsV1(set: FieldSet): JsonObject {
  const result: JsonObject = {};
  for (const [key, child] of [...set.children.entries()].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const inner = toFieldsV1(child);
    const hasMore = Object.keys(inner).length > 0;
    result[key] = child.member && hasMore ? { '.': {}, ...inner } : inner;
  }
  return result;
}

export function fromFieldsV1(fields: unknown): FieldSet {
  const result = emptySet();
  if (!isObject(fields)) return result;
  for (const [key, inner] of Object.entries(fields)) {
    if (key === '.') continue;
    const child = fromFieldsV1(inner);
    child.member = child.children.size === 0 || (isObject(inner) && Object.hasOwn(inner, '.'));
    result.children.set(key, child);
  }
  return result;
}

/** `.spec.ports[port=80,protocol="TCP"].name`, as conflicts name fields. */
export function pathText(path: readonly string[]): string {
  return path
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith('f:')) return `.${rest}`;
      if (element.startsWith('v:')) return `[=${rest}]`;
      if (element.startsWith('i:')) return `[${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as JsonObject);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}
