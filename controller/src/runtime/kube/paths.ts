/** URLs of the Kubernetes API. Pure. */
import type { ObjectName, Resource } from '../kube-object.ts';
import type { Selection } from '../ports.ts';

type QueryValue = string | number | boolean | undefined;

/** Of a collection, in one namespace or in all. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root =
    resource.group === ''
      ? `/api/${resource.version}`
      : `/apis/${resource.group}/${resource.version}`;
  if (!resource.namespaced || namespace === undefined || namespace === '')
    return `${root}/${resource.plural}`;
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`;
}

/** Of one object, or a subresource of it. @throws TypeError when a namespaced object comes without its namespace */
export function objectPath(resource: Resource, name: ObjectName, subresource?: string): string {
  if (resource.namespaced && (name.namespace === undefined || name.namespace === ''))
    throw new TypeError(`${resource.kind} ${name.name}: metadata.namespace is missing`);
  if (name.name === '') throw new TypeError(`${resource.kind}: metadata.name is empty`);
  const own = `${collectionPath(resource, name.namespace)}/${encodeURIComponent(name.name)}`;
  return subresource === undefined ? own : `${own}/${subresource}`;
}

/** What is undefined is left out. */
export function withQuery(path: string, query: Readonly<Record<string, QueryValue>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function selectionQuery(selection: Selection): Record<string, QueryValue> {
  const { labelSelector, fieldSelector } = selection;
  return { labelSelector, fieldSelector };
}
