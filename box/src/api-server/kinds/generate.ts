import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes builtin.json: discovery entries and schemas of the built-in kinds this server stores, cut out of
 * Kubernetes' own `api/` folder (Apache-2.0; it is in the Go module k8s.io/kubernetes).
 * `node generate.ts FOLDER_OF_MODULE/api`. Then `npm run format`. Descriptions are left out: `kubectl explain` is for our own kinds.
 */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  v1: [
    'configmaps',
    'endpoints',
    'events',
    'namespaces',
    'persistentvolumeclaims',
    'pods',
    'secrets',
    'serviceaccounts',
    'services',
  ],
  'apps/v1': ['statefulsets'],
  'events.k8s.io/v1': ['events'],
  'policy/v1': ['poddisruptionbudgets'],
  'networking.k8s.io/v1': ['networkpolicies'],
  'rbac.authorization.k8s.io/v1': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  'coordination.k8s.io/v1': ['leases'],
  'discovery.k8s.io/v1': ['endpointslices'],
  'admissionregistration.k8s.io/v1': [
    'mutatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'validatingwebhookconfigurations',
  ],
  'apiextensions.k8s.io/v1': ['customresourcedefinitions'],
};

const REF = '#/components/schemas/';
/** What the server serves beside the kinds themselves. */
const EXTRA = [
  'io.k8s.api.autoscaling.v1.Scale',
  'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta',
  'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
];

const ZERO = new Set(['""', '0', 'false']);

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly singularName: string;
  readonly shortNames?: string[];
  readonly categories?: string[];
}
type Node = Record<string, unknown>;

const folder = process.argv[2] ?? '';
const resources: Node[] = [];
const found: Record<string, Node> = {};
const kept: Record<string, Node> = {};

for (const [groupVersion, plurals] of Object.entries(KEPT)) {
  const [version = '', group = ''] = groupVersion.split('/').reverse();
  const prefix = group === '' ? `api__${version}` : `apis__${group}__${version}`;
  const list = readJson(`discovery/${prefix}.json`)['resources'] as ApiResource[];
  const document = readJson(`openapi-spec/v3/${prefix}_openapi.json`) as {
    components: { schemas: Record<string, Node> };
  };
  Object.assign(found, document.components.schemas);
  for (const plural of plurals) {
    const entry = list.find((one) => one.name === plural);
    if (entry === undefined) throw new Error(`${groupVersion} has no ${plural}`);
    const schema = Object.entries(document.components.schemas).find(([, one]) =>
      isKind(one, group, version, entry.kind),
    )?.[0];
    resources.push({
      group,
      version,
      plural,
      singular: entry.singularName,
      kind: entry.kind,
      namespaced: entry.namespaced,
      shortNames: entry.shortNames ?? [],
      categories: entry.categories ?? [],
      status: list.some((one) => one.name === `${plural}/status`),
      scale: list.some((one) => one.name === `${plural}/scale`),
      schema,
    });
    if (schema !== undefined) keep(schema);
  }
}
const scale = readJson('openapi-spec/v3/apis__autoscaling__v1_openapi.json') as {
  components: { schemas: Record<string, Node> };
};
Object.assign(found, scale.components.schemas);
for (const name of EXTRA) keep(name);

const output = join(import.meta.dirname, 'builtin.json');
const lines = Object.entries(kept)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`);
writeFileSync(
  output,
  `{"resources":[\n${resources.map((one) => JSON.stringify(one)).join(',\n')}\n],\n"schemas":{\n${lines.join(',\n')}\n}}\n`,
);

function readJson(path: string): Node {
  return JSON.parse(readFileSync(join(folder, path), 'utf8')) as Node;
}

function isKind(schema: Node, group: string, version: string, kind: string): boolean {
  const kinds = schema['x-kubernetes-group-version-kind'] as Node[] | undefined;
  return (
    kinds?.length === 1 &&
    kinds[0]?.['group'] === group &&
    kinds[0]['version'] === version &&
    kinds[0]['kind'] === kind
  );
}

/** Copies a schema and everything it refers to, without descriptions. */
function keep(name: string): void {
  if (name in kept) return;
  const schema = found[name];
  if (schema === undefined) throw new Error(`no schema ${name}`);
  kept[name] = {};
  kept[name] = strip(schema, false) as Node;
}

function strip(value: unknown, isPropertyMap: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => strip(one, false));
  if (typeof value !== 'object' || value === null) return value;
  const result: Node = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'description' && !isPropertyMap) continue;
    // A zero value as default only says that a field is not a pointer in Go.
    if (key === 'default' && !isPropertyMap && ZERO.has(JSON.stringify(inner))) continue;
    if (key === '$ref' && typeof inner === 'string') keep(inner.slice(REF.length));
    result[key] = strip(inner, key === 'properties');
  }
  const allOf = result['allOf'] as Node[] | undefined;
  // Kubernetes writes a reference with a description beside it as allOf of one.
  return allOf?.length === 1 &&
    allOf[0]?.['$ref'] !== undefined &&
    result['properties'] === undefined
    ? { ...omit(result, 'allOf'), ...allOf[0] }
    : result;
}

function omit(node: Node, key: string): Node {
  const { [key]: _, ...rest } = node;
  return rest;
}
