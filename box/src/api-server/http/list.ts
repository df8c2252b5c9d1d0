import type { Resource } from '../kinds/resource.ts';
import { served } from '../lifecycle/context.ts';
import type { JsonObject, KubeObject } from '../object.ts';
import { badRequest, expired } from '../status-error.ts';
import { decodeContinue, encodeContinue } from '../store/continue-token.ts';
import { type Matcher, parseFieldSelector, parseLabelSelector } from '../store/selectors.ts';
import type { Store } from '../store/store.ts';

export type Query = Readonly<Record<string, string | undefined>>;

export interface ListResult {
  readonly items: readonly KubeObject[];
  readonly metadata: JsonObject;
}

/** Label and field selectors of a request. @throws StatusError 400 */
export function selectorOf(resource: Resource, query: Query): Matcher {
  const byLabels = parseLabelSelector(query['labelSelector'] ?? '');
  const always = resource.namespaced ? ['metadata.name', 'metadata.namespace'] : ['metadata.name'];
  const byFields = parseFieldSelector(
    query['fieldSelector'] ?? '',
    (field) =>
      always.includes(field) || resource.selectableFields.includes(field)
        ? field.split('.')
        : undefined,
    (field) =>
      resource.isCustom || resource.selectableFields.length > 0
        ? `field label not supported: ${field}`
        : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
  return (object) => byLabels(object.metadata.labels ?? {}) && byFields(object);
}

export function prefixOf(resource: Resource, namespace: string): string {
  return namespace === '' ? `${resource.storage}/` : `${resource.storage}/${namespace}/`;
}

/** Lists what is there now, or a page of what was there when the first page was served. */
export function list(
  store: Store,
  resource: Resource,
  namespace: string,
  query: Query,
): ListResult {
  const matches = selectorOf(resource, query);
  const token = query['continue'] ? decodeContinue(query['continue']) : null;
  const revision = token?.revision ?? revisionOf(store, query);
  const found = store.list(prefixOf(resource, namespace), revision);
  if (found === null) throw expired(token === null ? tooOld(store, revision) : CONTINUE_TOO_OLD);
  const rest = found
    .filter(([key]) => token === null || key > token.after)
    .map(([key, object]) => [key, served(resource, object)] as const)
    .filter(([, object]) => matches(object));
  const limit = Number(query['limit'] ?? 0) || rest.length;
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const metadata: JsonObject = { resourceVersion: String(revision) };
  if (last !== undefined && page.length < rest.length) {
    metadata['continue'] = encodeContinue({ revision, after: last[0] });
    // With a selector the real server does not know how many are left.
    if (!query['labelSelector'] && !query['fieldSelector'])
      metadata['remainingItemCount'] = rest.length - page.length;
  }
  return { items: page.map(([, object]) => object), metadata };
}

function revisionOf(store: Store, query: Query): number {
  const wanted = Number(query['resourceVersion'] ?? 0);
  if (Number.isNaN(wanted))
    throw badRequest(`invalid resource version "${query['resourceVersion']}"`);
  return query['resourceVersionMatch'] === 'Exact' ? wanted : store.revision;
}

export function tooOld(store: Store, revision: number): string {
  return `too old resource version: ${revision} (${store.oldestRevision})`;
}

const CONTINUE_TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
