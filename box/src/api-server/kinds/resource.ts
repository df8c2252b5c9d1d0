import type { KubeObject } from '../object.ts';
import type { Schema } from '../schema/schema.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

export interface ScaleSubresource {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** One served kind in one version: built in, or of a CustomResourceDefinition. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly hasStatus: boolean;
  readonly scale: ScaleSubresource | null;
  /** Of the whole object; of a built-in kind, resolved from Kubernetes' own OpenAPI. */
  readonly schema: Schema;
  /** The name of the schema in OpenAPI documents. */
  readonly schemaName: string;
  readonly isCustom: boolean;
  readonly columns: readonly PrinterColumn[];
  /** Fields that may stand in a field selector, beside metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  /** What every request for a deprecated version is told. */
  readonly deprecation?: string;
  /** `group/plural`: versions and groups that show the same objects share it. */
  readonly storage: string;
  /** From and to the stored form; most kinds are stored as they are served. */
  readonly fromStored?: (object: KubeObject) => KubeObject;
  readonly toStored?: (object: KubeObject) => KubeObject;
}

export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

export function storageKey(storage: string, namespace: string, name: string): string {
  return `${storage}/${namespace}/${name}`;
}
