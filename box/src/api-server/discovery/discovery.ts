import { apiVersionOf, type Resource } from '../kinds/resource.ts';
import type { JsonObject } from '../object.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];
const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

function groupsOf(resources: readonly Resource[]): Map<string, Map<string, Resource[]>> {
  const groups = new Map<string, Map<string, Resource[]>>();
  for (const resource of resources) {
    const versions = groups.get(resource.group) ?? new Map<string, Resource[]>();
    versions.set(resource.version, [...(versions.get(resource.version) ?? []), resource]);
    groups.set(resource.group, versions);
  }
  return groups;
}

/** Everything at once (apidiscovery.k8s.io/v2): `/api` of the core group, `/apis` of the others. */
export function aggregated(resources: readonly Resource[]): JsonObject {
  const items = [...groupsOf(resources)].map(([group, versions]) => ({
    metadata: group === '' ? {} : { name: group },
    versions: [...versions].map(([version, members]) => ({
      version,
      resources: members.map(aggregatedResource),
      freshness: 'Current',
    })),
  }));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items,
  };
}

function aggregatedResource(resource: Resource): JsonObject {
  const { group, version, kind, plural, singular, namespaced, shortNames, categories } = resource;
  const own = { group, version, kind };
  const subresource = (name: string, responseKind: JsonObject) => ({
    subresource: name,
    responseKind,
    verbs: SUBRESOURCE_VERBS,
  });
  const subresources = [
    ...(resource.scale === null ? [] : [subresource('scale', SCALE)]),
    ...(resource.hasStatus ? [subresource('status', own)] : []),
  ];
  return {
    resource: plural,
    responseKind: own,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: VERBS,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

/** `/apis`, for clients that ask group by group. */
export function groupList(resources: readonly Resource[]): JsonObject {
  const groups = [...groupsOf(resources)]
    .filter(([group]) => group !== '')
    .map(([group, versions]) => groupOf(group, versions));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

function groupOf(name: string, versions: ReadonlyMap<string, Resource[]>): JsonObject {
  const list = [...versions.keys()].map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
  return { name, versions: list, preferredVersion: list[0] };
}

/** `/apis/GROUP`; null when nothing of it is served. */
export function group(resources: readonly Resource[], name: string): JsonObject | null {
  const versions = groupsOf(resources).get(name);
  return versions === undefined
    ? null
    : { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name, versions) };
}

/** `/api/v1`, `/apis/GROUP/VERSION`; null when nothing of it is served. */
export function resourceList(
  resources: readonly Resource[],
  groupName: string,
  version: string,
): JsonObject | null {
  const members = groupsOf(resources).get(groupName)?.get(version);
  if (members === undefined) return null;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group: groupName, version }),
    resources: members.flatMap(listedResource),
  };
}

function listedResource(resource: Resource): JsonObject[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource;
  const subresource = (name: string, extra: JsonObject) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    ...extra,
    verbs: SUBRESOURCE_VERBS,
  });
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs: VERBS,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    },
    ...(resource.scale === null ? [] : [subresource('scale', SCALE)]),
    ...(resource.hasStatus ? [subresource('status', { kind })] : []),
  ];
}
