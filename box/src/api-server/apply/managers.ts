import type { ManagedFieldsEntry } from '../object.ts';
import { emptySet, type FieldSet, fromFieldsV1, isEmpty, toFieldsV1, union } from './field-set.ts';

/** Who owns which fields of an object: one entry of `metadata.managedFields`. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly set: FieldSet;
}

export type ManagerIdentity = Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

export type Managers = Map<string, Manager>;

export function identityOf(one: ManagerIdentity): string {
  return JSON.stringify([one.manager, one.operation, one.apiVersion, one.subresource]);
}

export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    const { manager, operation, apiVersion, subresource = '', time = '' } = entry;
    const identity = identityOf({ manager, operation, apiVersion, subresource });
    const known = managers.get(identity);
    const set = union(known?.set ?? emptySet(), fromFieldsV1(entry.fieldsV1));
    managers.set(identity, { manager, operation, apiVersion, subresource, time, set });
  }
  return managers;
}

/** Appliers first, then by time and name, as a real API server lists them. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()]
    .filter((one) => !isEmpty(one.set))
    .sort((a, b) => order(a).localeCompare(order(b)))
    .map(({ manager, operation, apiVersion, subresource, time, set }) => ({
      manager,
      operation,
      apiVersion,
      ...(time !== '' && { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(set),
      ...(subresource !== '' && { subresource }),
    }));
}

function order(one: Manager): string {
  return `${one.operation} ${one.time} ${one.manager} ${one.apiVersion} ${one.subresource}`;
}
