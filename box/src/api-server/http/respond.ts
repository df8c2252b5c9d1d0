import { apiVersionOf, type Resource } from '../kinds/resource.ts';
import type { JsonObject, KubeObject } from '../object.ts';
import { type Status, StatusError } from '../status-error.ts';
import { type IncludeObject, toTable } from '../table/table.ts';
import type { Representation } from './media-type.ts';

export interface View {
  readonly as: Representation;
  readonly includeObject: IncludeObject;
  readonly now: number;
}

/** One object as asked for. */
export function showObject(resource: Resource, object: KubeObject, view: View): JsonObject {
  switch (view.as) {
    case 'object':
      return object;
    case 'metadata':
      return {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: object.metadata,
      };
    case 'table':
      return toTable(
        resource,
        [object],
        { resourceVersion: object.metadata.resourceVersion },
        view,
      );
  }
}

export function showList(
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: JsonObject,
  view: View,
): JsonObject {
  switch (view.as) {
    case 'object':
      return {
        kind: resource.listKind,
        apiVersion: apiVersionOf(resource),
        metadata,
        items: resource.isCustom ? objects : objects.map(withoutType),
      };
    case 'metadata':
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: objects.map((object) => showObject(resource, object, view)),
      };
    case 'table':
      return toTable(resource, objects, metadata, view);
  }
}

/** In lists of built-in kinds only the list says what its items are. */
function withoutType({ apiVersion: _version, kind: _kind, ...rest }: KubeObject): JsonObject {
  return rest;
}

/** What an error is answered with; an unexpected one is ours, and says so. */
export function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return error.status;
  const message = error instanceof Error ? error.message : String(error);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  }).status;
}
