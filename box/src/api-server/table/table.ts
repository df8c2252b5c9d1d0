import type { PrinterColumn, Resource } from '../kinds/resource.ts';
import type { JsonObject, KubeObject } from '../object.ts';
import { computedCell } from './computed-cells.ts';
import { ageOf } from './duration.ts';
import { findAll } from './json-path.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly includeObject: IncludeObject;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const NAME_HELP =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';

/** What `kubectl get` prints: metav1.Table. `metadata` is that of the list. */
export function toTable(
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: JsonObject,
  options: TableOptions,
): JsonObject {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columnDefinitions(resource),
    rows: objects.map((object) => ({
      cells: cells(resource, object, options.now),
      ...(options.includeObject !== 'None' && { object: embedded(object, options.includeObject) }),
    })),
  };
}

function columnDefinitions(resource: Resource): JsonObject[] {
  const name = {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: NAME_HELP,
    priority: 0,
  };
  const others = resource.columns.map((column) => ({
    name: column.name,
    type: resource.isCustom || column.type !== 'date' ? column.type : 'string',
    format: column.format ?? '',
    description:
      column.description ??
      `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority ?? 0,
  }));
  return [...(hasOwnNameColumn(resource) ? [] : [name]), ...others];
}

/** Events are read by what they say, not by their names. */
function hasOwnNameColumn(resource: Resource): boolean {
  return resource.columns.some((column) => column.name === 'Name');
}

function cells(resource: Resource, object: KubeObject, now: number): unknown[] {
  const stored = resource.toStored?.(object) ?? object;
  const values = resource.columns.map((column) =>
    cell(column, resource.isCustom ? object : stored, now, resource),
  );
  return hasOwnNameColumn(resource) ? values : [object.metadata.name, ...values];
}

function cell(column: PrinterColumn, object: KubeObject, now: number, resource: Resource): unknown {
  if (!resource.isCustom && column.jsonPath.startsWith('=')) {
    return computedCell(column.jsonPath.slice(1), object, now);
  }
  const [value] = findAll(object, column.jsonPath);
  if (value === undefined || value === null) return resource.isCustom ? null : '<none>';
  switch (column.type) {
    case 'date':
      return ageOf(value, now);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

function embedded(object: KubeObject, include: IncludeObject): JsonObject {
  if (include === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** Reads `includeObject`; anything else means what Kubernetes' default is. */
export function includeObjectOf(value: unknown): IncludeObject {
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}
