import type { JsonObject, KubeObject } from '../object.ts';
import type { Schema } from '../schema/schema.ts';
import { objectMetaSchema } from './builtin-schemas.ts';
import type { PrinterColumn, Resource, ScaleSubresource } from './resource.ts';

export interface CrdNames {
  plural: string;
  singular?: string;
  kind: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: Schema };
  subresources?: { status?: JsonObject; scale?: ScaleSubresource };
  additionalPrinterColumns?: PrinterColumn[];
  selectableFields?: { jsonPath: string }[];
}

export interface Crd extends KubeObject {
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: CrdNames;
    versions: CrdVersion[];
    conversion?: { strategy: string };
    preserveUnknownFields?: boolean;
  };
  status?: {
    conditions?: { type: string; status: string }[];
    acceptedNames?: CrdNames;
    storedVersions?: string[];
  };
}

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created.',
};

/** What a CustomResourceDefinition serves: one resource a served version. */
export function customResources(crd: Crd): Resource[] {
  return crd.spec.versions.filter((one) => one.served).map((one) => toResource(crd, one));
}

function toResource(crd: Crd, version: CrdVersion): Resource {
  const { group, scope, names } = crd.spec;
  const prefix = group.split('.').reverse().join('.');
  const columns = version.additionalPrinterColumns;
  const { fromStored, toStored } = versionChange(crd, version);
  return {
    group,
    version: version.name,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    hasStatus: version.subresources?.status !== undefined,
    scale: version.subresources?.scale ?? null,
    schema: withObjectFields(version.schema?.openAPIV3Schema ?? {}),
    schemaName: `${prefix}.${version.name}.${names.kind}`,
    isCustom: true,
    columns: columns === undefined || columns.length === 0 ? [AGE] : columns,
    selectableFields: (version.selectableFields ?? []).map((one) =>
      one.jsonPath.replace(/^\./, ''),
    ),
    storage: `${group}/${names.plural}`,
    ...(version.deprecated === true && {
      deprecation:
        version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated`,
    }),
    ...(fromStored && { fromStored, toStored }),
  };
}

/** Without a conversion webhook, versions differ in nothing but their name. */
function versionChange(crd: Crd, version: CrdVersion): Pick<Resource, 'fromStored' | 'toStored'> {
  const stored = crd.spec.versions.find((one) => one.storage);
  if (stored === undefined || crd.spec.versions.length === 1) return {};
  const rename = (name: string) => (object: KubeObject) => ({
    ...object,
    apiVersion: `${crd.spec.group}/${name}`,
  });
  return { fromStored: rename(version.name), toStored: rename(stored.name) };
}

/** A schema need not say what every object has. */
function withObjectFields(schema: Schema): Schema {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true && schema.properties === undefined) {
    return { ...schema, properties: { metadata: objectMetaSchema() } };
  }
  return {
    ...schema,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      ...schema.properties,
      metadata: withNameRules(objectMetaSchema(), schema.properties?.['metadata']),
    },
  };
}

/** Of the metadata, a kind may restrict the name. */
function withNameRules(metadata: Schema, own: Schema | undefined): Schema {
  const name = { ...metadata.properties?.['name'], ...own?.properties?.['name'] };
  return { ...metadata, properties: { ...metadata.properties, name } };
}
