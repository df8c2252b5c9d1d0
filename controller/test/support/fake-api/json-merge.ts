/** The three ways of patching, on plain JSON. Pure. */

export type Json = { readonly [field: string]: unknown };

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else result[field] = mergePatch(result[field], value);
  }
  return result;
}

/** RFC 6902: add, replace, remove, test. @throws Error when an operation does not fit the document */
export function jsonPatch(target: unknown, operations: readonly Json[]): unknown {
  const root = { document: structuredClone(target) };
  for (const operation of operations) {
    const steps = String(operation['path']).split('/').slice(1).map(unescapePointer);
    const last = steps.pop() ?? '';
    let parent: unknown = root.document;
    for (const step of steps) parent = (parent as Record<string, unknown> | undefined)?.[step];
    if (typeof parent !== 'object' || parent === null)
      throw new Error(`the path ${String(operation['path'])} does not exist`);
    applyOperation(parent as Record<string, unknown>, last, operation);
  }
  return root.document;
}

function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function applyOperation(parent: Record<string, unknown>, field: string, operation: Json): void {
  const { op, value, path } = operation;
  if (op !== 'add' && !(field in parent))
    throw new Error(`the path ${String(path)} does not exist`);
  if (Array.isArray(parent)) {
    const index = field === '-' ? parent.length : Number(field);
    parent.splice(index, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [value]));
  } else if (op === 'remove') {
    delete parent[field];
  } else if (op === 'test') {
    if (JSON.stringify(parent[field]) !== JSON.stringify(value))
      throw new Error(`the test of ${String(path)} failed`);
  } else {
    parent[field] = value;
  }
}

/** Lists that server-side apply merges by a key, by the field's name; all others are replaced whole. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  members: ['name'],
  volumeMounts: ['mountPath'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  ports: ['containerPort', 'port'],
};

export interface Applied {
  readonly live: unknown;
  /** What the same manager applied before. */
  readonly previous: unknown;
  readonly next: unknown;
  /** Whether another manager has applied the field at this path. */
  readonly isOwnedByOther: (path: string) => boolean;
}

/** Server-side apply: sets what `next` says, removes what the manager no longer says and nobody else owns. */
export function applyMerge(applied: Applied, path = ''): unknown {
  const { live, previous, next } = applied;
  const key = listKey(path, next);
  if (key !== null) {
    const byKey = (list: unknown): Json => keyed(list, key);
    const merged = applyMap(
      { ...applied, live: byKey(live), previous: byKey(previous), next: byKey(next) },
      path,
    );
    return Object.values(merged);
  }
  return isMap(next) ? applyMap(applied, path) : next;
}

function applyMap(applied: Applied, path: string): Json {
  const { live, previous, next, isOwnedByOther } = applied;
  const result: Record<string, unknown> = isMap(live) ? { ...live } : {};
  const before = isMap(previous) ? previous : {};
  const wanted = isMap(next) ? next : {};
  for (const field of Object.keys(before))
    if (!(field in wanted) && !isOwnedByOther(`${path}/${field}`)) delete result[field];
  for (const [field, value] of Object.entries(wanted))
    result[field] = applyMerge(
      { live: result[field], previous: before[field], next: value, isOwnedByOther },
      `${path}/${field}`,
    );
  return result;
}

function listKey(path: string, value: unknown): string | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const candidates = LIST_KEYS[path.split('/').at(-1) ?? ''] ?? [];
  return candidates.find((key) => value.every((item) => isMap(item) && key in item)) ?? null;
}

function keyed(list: unknown, key: string): Json {
  const items: unknown[] = Array.isArray(list) ? list : [];
  return Object.fromEntries(
    items.filter(isMap).map((item) => [`${key}=${JSON.stringify(item[key])}`, item]),
  );
}

/** Paths of all values that are no maps, with the values: what an applied object owns. */
export function leaves(
  value: unknown,
  path = '',
  found = new Map<string, unknown>(),
): Map<string, unknown> {
  const key = listKey(path, value);
  const children = key === null ? value : keyed(value, key);
  if (isMap(children)) {
    for (const [field, child] of Object.entries(children)) leaves(child, `${path}/${field}`, found);
    if (Object.keys(children).length === 0) found.set(path, value);
  } else {
    found.set(path, value);
  }
  return found;
}
