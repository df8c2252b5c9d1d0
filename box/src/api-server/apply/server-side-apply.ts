import { isObject, type JsonObject, type KubeObject, type ManagedFieldsEntry } from '../object.ts';
import type { Schema } from '../schema/schema.ts';
import { StatusError } from '../status-error.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  fromFieldsV1,
  intersection,
  isEmpty,
  paths,
  pathText,
  union,
  without,
} from './field-set.ts';
import { appliedByClient, refreshLastApplied } from './last-applied.ts';
import {
  decodeManagers,
  encodeManagers,
  identityOf,
  type Manager,
  type ManagerIdentity,
  type Managers,
} from './managers.ts';
import { compare, fieldsOf, merge, removeFields, withNamedFields } from './typed.ts';

/** Who writes, when, through what, and what the place written through never owns. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339, whole seconds. */
  readonly now: string;
  readonly schema: Schema;
  /** Properties at the root that this write cannot change: `status`, or all but `status`. */
  readonly ignores: (rootProperty: string) => boolean;
}

/** Nobody owns what the server itself writes. */
const OWNED_BY_NOBODY = fromFieldsV1({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
  },
});

/** Who owns what after a create, an update or a patch: the writer owns what it changed. */
export function trackUpdate(
  live: KubeObject | null,
  next: KubeObject,
  writer: Writer,
): ManagedFieldsEntry[] {
  const given = next.metadata.managedFields;
  if (live !== null && given?.length === 1 && isReset(given)) return [];
  const known = given !== undefined && given.length > 0 ? given : live?.metadata.managedFields;
  const source = writer.subresource === '' ? known : live?.metadata.managedFields;
  const managers = decodeManagers(source);
  if (live !== null && managers.size === 0) return [];
  return encodeManagers(updateManagers(managers, content(live), content(next), writer));
}

/** `managedFields: [{}]` asks for a fresh start. */
function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries[0] !== undefined && Object.keys(entries[0]).length === 0;
}

function updateManagers(
  managers: Managers,
  before: JsonObject,
  after: JsonObject,
  writer: Writer,
): Managers {
  const self = asManager(writer, 'Update');
  const identity = identityOf(self);
  const changes = compare(before, after, writer.schema);
  const gained = without(union(changes.added, changes.modified), ignored(before, after, writer));
  const gone = without(changes.removed, ignored(before, after, writer));
  const result: Managers = new Map();
  for (const [key, one] of managers) {
    const lost = key === identity ? gone : union(gained, gone);
    result.set(key, { ...one, set: difference(one.set, lost) });
  }
  const taken = difference(gained, OWNED_BY_NOBODY);
  if (!isEmpty(taken)) {
    const former = result.get(identity)?.set ?? emptySet();
    result.set(identity, { ...self, time: writer.now, set: union(former, taken) });
  }
  return result;
}

function asManager(writer: Writer, operation: 'Apply' | 'Update'): ManagerIdentity {
  const { manager, apiVersion, subresource } = writer;
  return { manager, operation, apiVersion, subresource };
}

function ignored(before: JsonObject, after: JsonObject, writer: Writer): FieldSet {
  const set = emptySet();
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (writer.ignores(key)) set.children.set(`f:${key}`, { member: true, children: new Map() });
  }
  return set;
}

/** An object without its record of who owns it. */
function content(object: KubeObject | null): JsonObject {
  if (object === null) return {};
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export interface Applied {
  readonly object: KubeObject;
  readonly managedFields: ManagedFieldsEntry[];
}

/**
 * Server-side apply: what the configuration sets is merged in, what this manager applied before and no longer
 * applies is removed unless somebody else owns it, and fields of others are taken only by force.
 * @throws StatusError 409 with one cause a conflict.
 */
export function serverSideApply(
  live: KubeObject | null,
  config: KubeObject,
  writer: Writer,
  force: boolean,
): Applied {
  const { schema } = writer;
  const before = content(live);
  let managers = decodeManagers(live?.metadata.managedFields);
  if (live !== null && managers.size === 0) {
    const earlier = { ...writer, manager: 'before-first-apply' };
    managers = updateManagers(managers, {}, before, earlier);
  }
  const self = asManager(writer, 'Apply');
  const identity = identityOf(self);
  const last = managers.get(identity)?.set ?? emptySet();
  const applied = content(config);
  const set = without(fieldsOf(applied, schema), ignored({}, applied, writer));
  managers.set(identity, { ...self, time: writer.now, set });
  const merged = merge(before, applied, schema) as JsonObject;
  const pruned = pruneDropped(merged, last, managers, schema);
  settle(
    managers,
    identity,
    compare(before, pruned, schema),
    ignored(before, pruned, writer),
    force ? null : appliedByClient(live, writer.manager, schema),
  );
  const own = managers.get(identity) as Manager;
  managers.set(identity, { ...own, set: difference(own.set, OWNED_BY_NOBODY) });
  const object = { ...pruned, metadata: isObject(pruned['metadata']) ? pruned['metadata'] : {} };
  const isSame =
    live !== null && sameOwnership(live, managers, identity) && unchanged(before, pruned, schema);
  return {
    object: refreshLastApplied(object as unknown as KubeObject, config, writer.manager),
    managedFields: isSame ? (live.metadata.managedFields ?? []) : encodeManagers(managers),
  };
}

/** An apply that changes nothing leaves the time of the last one. */
function sameOwnership(live: KubeObject, managers: Managers, identity: string): boolean {
  const former = decodeManagers(live.metadata.managedFields);
  const one = former.get(identity)?.set;
  const now = managers.get(identity)?.set;
  return (
    one !== undefined &&
    now !== undefined &&
    former.size === managers.size &&
    isEmpty(difference(one, now)) &&
    isEmpty(difference(now, one))
  );
}

function unchanged(before: JsonObject, after: JsonObject, schema: Schema): boolean {
  const changes = compare(before, after, schema);
  return isEmpty(changes.added) && isEmpty(changes.modified) && isEmpty(changes.removed);
}

function pruneDropped(
  merged: JsonObject,
  last: FieldSet,
  managers: Managers,
  schema: Schema,
): JsonObject {
  if (isEmpty(last)) return merged;
  const named = (set: FieldSet) => withNamedFields(set, schema);
  const everything = named(fieldsOf(merged, schema));
  const owned = [...managers.values()].reduce((sum, one) => union(sum, one.set), emptySet());
  const strict = removeFields(merged, named(last), schema);
  const kept = union(named(fieldsOf(strict ?? {}, schema)), named(owned));
  const withOwned = removeFields(merged, difference(everything, kept), schema) ?? {};
  const remaining = named(fieldsOf(withOwned, schema));
  const dropped = intersection(difference(everything, remaining), named(last));
  return (removeFields(merged, dropped, schema) ?? {}) as JsonObject;
}

/** Takes fields away from their former owners, or refuses what is not excused; null excuses everything. */
function settle(
  managers: Managers,
  identity: string,
  changes: ReturnType<typeof compare>,
  ignoredFields: FieldSet,
  excused: FieldSet | null,
): void {
  const gained = without(union(changes.added, changes.modified), ignoredFields);
  const gone = without(changes.removed, ignoredFields);
  const conflicts: { manager: Manager; path: string }[] = [];
  for (const [key, one] of managers) {
    if (key === identity) continue;
    const contested = intersection(one.set, gained);
    for (const path of excused === null ? [] : paths(difference(contested, excused))) {
      conflicts.push({ manager: one, path: pathText(path) });
    }
    managers.set(key, { ...one, set: difference(difference(one.set, contested), gone) });
  }
  if (conflicts.length > 0) throw applyConflict(conflicts);
}

function applyConflict(conflicts: readonly { manager: Manager; path: string }[]): StatusError {
  const causes = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager)}`,
    field: path,
  }));
  const [only] = conflicts;
  if (conflicts.length === 1 && only !== undefined) {
    const message = `Apply failed with 1 conflict: conflict with ${managerText(only.manager)}: ${only.path}`;
    return new StatusError(409, 'Conflict', message, { causes });
  }
  const texts = [...new Set(conflicts.map((one) => one.manager))]
    .sort((a, b) => identityOf(a).localeCompare(identityOf(b)))
    .flatMap((manager) => [
      `conflicts with ${managerText(manager)}:`,
      ...conflicts.filter((one) => one.manager === manager).map((one) => `- ${one.path}`),
    ]);
  const message = `Apply failed with ${conflicts.length} conflicts: ${texts.join('\n')}`;
  return new StatusError(409, 'Conflict', message, { causes });
}

function managerText({ manager, subresource, operation, apiVersion }: Manager): string {
  const through = subresource === '' ? '' : ` with subresource "${subresource}"`;
  return `"${manager}"${through}${operation === 'Apply' ? '' : ` using ${apiVersion}`}`;
}
