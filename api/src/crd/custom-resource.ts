import { API_GROUP } from '../v1/group.ts';
import { isSchema, type JsonSchema, structuralSchema } from './structural-schema.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 1: only with -o wide. */
  readonly priority?: 1;
}

/** What a kind is called, and what kubectl shows of it. */
export interface KindDescription {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  /** Of the whole object, as in `src/v1`. */
  readonly schema: JsonSchema;
  readonly columns: readonly PrinterColumn[];
  /** Fields that `kubectl get --field-selector` takes. */
  readonly selectableFields: readonly string[];
  readonly scale?: boolean;
}

/** The CustomResourceDefinition of a kind: plain data, the same every time. */
export function customResourceDefinition(kind: KindDescription): JsonSchema {
  return withoutUndefined({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${kind.plural}.${API_GROUP}`,
      labels: { 'app.kubernetes.io/name': 'radondb-mysql' },
    },
    spec: {
      group: API_GROUP,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: [kind.shortName],
        categories: ['radondb', 'all'],
      },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {}, scale: kind.scale === true ? SCALE : undefined },
          additionalPrinterColumns: kind.columns,
          selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })),
          schema: { openAPIV3Schema: objectSchema(kind.schema) },
        },
      ],
    },
  }) as JsonSchema;
}

const SCALE = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
};

const API_VERSION_WORDS = 'Group and version of the kind: radondb.com/v1.';
const KIND_WORDS = 'The kind of object.';

/** The API server owns kind and metadata; of metadata a CRD may only restrict the name. */
function objectSchema(schema: JsonSchema): JsonSchema {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const { apiVersion: _version, kind: _kind, metadata, ...own } = properties;
  const translated = structuralSchema({ ...schema, properties: own, required: ['spec'] });
  return {
    ...translated,
    properties: {
      apiVersion: { type: 'string', description: API_VERSION_WORDS },
      kind: { type: 'string', description: KIND_WORDS },
      metadata: { type: 'object', properties: { name: nameOf(metadata) } },
      ...(translated['properties'] as JsonSchema),
    },
  };
}

function nameOf(metadata: unknown): JsonSchema {
  const properties = isSchema(metadata) ? metadata['properties'] : undefined;
  const name = isSchema(properties) ? properties['name'] : undefined;
  // Of metadata the API server looks at patterns and at no rules.
  const { 'x-radondb-message': _, ...plain } = isSchema(name) ? name : { type: 'string' };
  return structuralSchema(plain);
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isSchema(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, withoutUndefined(item)]),
  );
}
