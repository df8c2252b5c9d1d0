import { createHash } from 'node:crypto';
import { rawSchemas } from '../kinds/builtin-schemas.ts';
import type { Resource } from '../kinds/resource.ts';
import { isObject, type JsonObject } from '../object.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const REF = '#/components/schemas/';

function pathOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === ''
    ? `api/${resource.version}`
    : `apis/${resource.group}/${resource.version}`;
}

/** `/openapi/v3`: where the document of each group and version is; its hash changes when it does. */
export function index(resources: readonly Resource[]): JsonObject {
  const paths: JsonObject = {};
  for (const path of new Set(resources.map(pathOf))) {
    const hash = createHash('sha256')
      .update(JSON.stringify(document(resources, path)))
      .digest('hex');
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash.toUpperCase()}` };
  }
  return { paths };
}

/** The document of one group and version; null when nothing of it is served. */
export function document(resources: readonly Resource[], path: string): JsonObject | null {
  const members = resources.filter((one) => pathOf(one) === path);
  if (members.length === 0) return null;
  const schemas: Record<string, unknown> = {};
  for (const resource of members) {
    if (resource.isCustom) schemas[resource.schemaName] = customSchema(resource);
    else addSchema(schemas, resource.schemaName);
    schemas[`${resource.schemaName}List`] = listSchema(resource);
    if (resource.scale !== null) addSchema(schemas, 'io.k8s.api.autoscaling.v1.Scale');
  }
  for (const name of ['ListMeta', 'ObjectMeta', 'DeleteOptions', 'Status'])
    addSchema(schemas, `${META}.${name}`);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1' },
    paths: Object.assign({}, ...members.map(pathsOf)) as JsonObject,
    components: { schemas },
  };
}

/** Adds a built-in schema with everything it refers to. */
function addSchema(schemas: Record<string, unknown>, name: string): void {
  if (Object.hasOwn(schemas, name)) return;
  const schema = rawSchemas[name];
  if (schema === undefined) return;
  schemas[name] = schema;
  for (const reference of references(schema)) addSchema(schemas, reference);
}

function references(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(references);
  if (!isObject(node)) return [];
  const own = typeof node['$ref'] === 'string' ? [node['$ref'].slice(REF.length)] : [];
  return [...own, ...Object.values(node).flatMap(references)];
}

const KIND_DESCRIPTION = {
  apiVersion: {
    description:
      'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
    type: 'string',
  },
  kind: {
    description:
      'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
    type: 'string',
  },
};

function customSchema(resource: Resource): JsonObject {
  const { group, version, kind, schema } = resource;
  return {
    ...schema,
    properties: {
      ...schema.properties,
      ...KIND_DESCRIPTION,
      metadata: {
        description:
          "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
        allOf: [{ $ref: `${REF}${META}.ObjectMeta` }],
      },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}

function listSchema({ group, version, listKind, schemaName, kind }: Resource): JsonObject {
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...KIND_DESCRIPTION,
      metadata: { $ref: `${REF}${META}.ListMeta` },
      items: { type: 'array', items: { $ref: `${REF}${schemaName}` } },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
  };
}

/** kubectl reads from these which media types, dry runs and validations a kind supports. */
function pathsOf(resource: Resource): JsonObject {
  const { group, version, kind, plural, namespaced } = resource;
  const place = namespaced ? 'namespaces/{namespace}/' : '';
  const collection = `/${pathOf(resource)}/${place}${plural}`;
  const answer = {
    '200': {
      description: 'OK',
      content: { 'application/json': { schema: { $ref: `${REF}${resource.schemaName}` } } },
    },
  };
  const operation = (
    action: string,
    parameters: readonly string[],
    content?: readonly string[],
  ) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
    parameters: parameters.map(queryParameter),
    ...(content && {
      requestBody: {
        content: Object.fromEntries(content.map((type) => [type, { schema: { type: 'object' } }])),
      },
    }),
    responses: answer,
  });
  const writing = ['dryRun', 'fieldManager', 'fieldValidation'];
  const patches = [
    'application/apply-patch+yaml',
    'application/json-patch+json',
    'application/merge-patch+json',
    ...(resource.isCustom ? [] : ['application/strategic-merge-patch+json']),
  ];
  return {
    [collection]: {
      get: operation('list', [
        'labelSelector',
        'fieldSelector',
        'limit',
        'continue',
        'watch',
        'resourceVersion',
      ]),
      post: operation('post', writing, ['application/json', 'application/yaml']),
    },
    [`${collection}/{name}`]: {
      get: operation('get', []),
      put: operation('put', writing, ['application/json', 'application/yaml']),
      patch: operation('patch', [...writing, 'force'], patches),
      delete: operation(
        'delete',
        ['dryRun', 'propagationPolicy', 'gracePeriodSeconds'],
        ['application/json'],
      ),
    },
  };
}

function queryParameter(name: string): JsonObject {
  const type =
    name === 'force' || name === 'watch'
      ? 'boolean'
      : name === 'limit' || name === 'gracePeriodSeconds'
        ? 'integer'
        : 'string';
  return { name, in: 'query', schema: { type, uniqueItems: true } };
}
