import type { Request, Response } from 'express';
import { notServed } from '../kinds/registry.ts';
import type { Resource } from '../kinds/resource.ts';
import { type Api, type Subresource, served, type WriteRequest } from '../lifecycle/context.ts';
import { create } from '../lifecycle/create.ts';
import { type Deletion, deleteOptions, remove } from '../lifecycle/delete.ts';
import { apply, PATCH_TYPES, patch, patchScale } from '../lifecycle/patch.ts';
import { asObject } from '../lifecycle/prepare.ts';
import { rescale, scaleOf } from '../lifecycle/scale.ts';
import { replacement, update } from '../lifecycle/update.ts';
import type { JsonObject, KubeObject } from '../object.ts';
import {
  badRequest,
  detailsOf,
  methodNotAllowed,
  notFound,
  StatusError,
  unsupportedMediaType,
} from '../status-error.ts';
import { includeObjectOf } from '../table/table.ts';
import type { UserInfo } from './authenticate.ts';
import { list, type Query } from './list.ts';
import { representationOf } from './media-type.ts';
import { isServedSubresource, type ResourcePath } from './parse-path.ts';
import { contentTypeOf, readBody } from './read-body.ts';
import { showList, showObject, type View } from './respond.ts';
import { watch } from './watch.ts';

/** One request for objects of one kind, with everything that its URL and headers say. */
interface Call {
  readonly api: Api;
  readonly request: Request;
  readonly response: Response;
  readonly resource: Resource;
  readonly path: ResourcePath;
  readonly query: Query;
  readonly view: View;
  readonly write: WriteRequest;
  readonly signal: AbortSignal;
}

export interface Arrival {
  readonly request: Request;
  readonly response: Response;
  readonly user: UserInfo;
  readonly signal: AbortSignal;
}

/** Answers `/api/v1/…` and `/apis/GROUP/VERSION/…`. @throws StatusError */
export async function handleResource(
  api: Api,
  path: ResourcePath,
  arrival: Arrival,
): Promise<void> {
  const { request, response, user, signal } = arrival;
  const resource = api.registry.get(path.group, path.version, path.plural);
  if (!resource.namespaced && path.namespace !== '') throw notServed();
  if (!isServedSubresource(path.subresource)) throw notServed();
  if (path.subresource === 'status' && !resource.hasStatus) throw notServed();
  if (path.subresource === 'scale' && resource.scale === null) throw notServed();
  const as = representationOf(request.headers.accept);
  if (as === null) {
    throw new StatusError(
      406,
      'NotAcceptable',
      'only the following media types are accepted: application/json',
    );
  }
  const query = queryOf(request);
  const view: View = { as, includeObject: includeObjectOf(query['includeObject']), now: api.now() };
  const write = writeRequest({
    resource,
    path,
    query,
    request,
    response,
    user,
    subresource: path.subresource,
  });
  if (resource.deprecation !== undefined) write.warn(resource.deprecation);
  const call: Call = { api, request, response, resource, path, query, view, write, signal };
  await (path.name === '' ? onCollection(call) : onObject(call));
}

function queryOf(request: Request): Query {
  const entries = new URL(request.url, 'http://localhost').searchParams;
  return Object.fromEntries(entries);
}

interface WriteSource {
  readonly resource: Resource;
  readonly path: ResourcePath;
  readonly query: Query;
  readonly request: Request;
  readonly response: Response;
  readonly user: UserInfo;
  readonly subresource: Subresource;
}

function writeRequest(source: WriteSource): WriteRequest {
  const { resource, path, query, request, response, user, subresource } = source;
  const isApply = contentTypeOf(request) === 'application/apply-patch+yaml';
  const agent = (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
  const dryRun = query['dryRun'];
  if (dryRun !== undefined && dryRun !== 'All') {
    throw badRequest(`dryRun: Unsupported value: "${dryRun}": supported values: "All"`);
  }
  const validation = query['fieldValidation'];
  return {
    resource,
    namespace: path.namespace,
    name: path.name,
    subresource,
    user,
    dryRun: dryRun === 'All',
    fieldManager: query['fieldManager'] ?? (isApply ? '' : agent),
    fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
    warn: (text) => {
      if (!response.headersSent) response.append('Warning', `299 - ${JSON.stringify(text)}`);
    },
  };
}

async function onCollection(call: Call): Promise<void> {
  const { api, request, response, resource, path, query, view, write } = call;
  switch (request.method) {
    case 'GET': {
      if (query['watch'] === 'true' || query['watch'] === '1') {
        watch(api.store, resource, path.namespace, call);
        return;
      }
      const { items, metadata } = list(api.store, resource, path.namespace, query);
      response.json(showList(resource, items, metadata, view));
      return;
    }
    case 'POST': {
      if (resource.namespaced && path.namespace === '') throw methodNotAllowed();
      const object = asObject(await readBody(request), write);
      response.status(201).json(showObject(resource, await create(api, write, object), view));
      return;
    }
    case 'DELETE': {
      const options = deleteOptions(await readBody(request), query);
      const { items, metadata } = list(api.store, resource, path.namespace, query);
      for (const { metadata: item } of items) {
        const one = { ...write, name: item.name, namespace: item.namespace ?? '' };
        await remove(api, one, options).catch(ignoreGone);
      }
      response.json(showList(resource, items, metadata, view));
      return;
    }
    default:
      throw methodNotAllowed();
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof StatusError) || error.status.code !== 404) throw error as Error;
}

async function onObject(call: Call): Promise<void> {
  const { api, request, response, resource, path, query, view, write } = call;
  if (path.subresource === 'scale') {
    await onScale(call);
    return;
  }
  switch (request.method) {
    case 'GET': {
      if (query['watch'] === 'true') {
        const narrowed = { ...query, fieldSelector: `metadata.name=${path.name}` };
        watch(api.store, resource, path.namespace, { ...call, query: narrowed });
        return;
      }
      response.json(showObject(resource, read(call), view));
      return;
    }
    case 'PUT': {
      const given = asObject(await readBody(request), write);
      response.json(
        showObject(resource, await update(api, write, replacement(write, given)), view),
      );
      return;
    }
    case 'PATCH': {
      const { object, created } = await onPatch(call);
      response.status(created ? 201 : 200).json(showObject(resource, object, view));
      return;
    }
    case 'DELETE': {
      if (path.subresource !== '') throw methodNotAllowed();
      const options = deleteOptions(await readBody(request), query);
      response.json(deletionAnswer(call, await remove(api, write, options)));
      return;
    }
    default:
      throw methodNotAllowed();
  }
}

function read({ api, resource, path }: Call): KubeObject {
  const found = api.store.get(`${resource.storage}/${path.namespace}/${path.name}`);
  if (found === undefined) throw notFound(resource, path.name);
  return served(resource, found);
}

function deletionAnswer({ resource, path, view }: Call, { object, gone }: Deletion): JsonObject {
  if (!gone) return showObject(resource, object, view);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...detailsOf(resource, path.name), uid: object.metadata.uid },
  };
}

function patchTypeOf({ request }: Call): keyof typeof PATCH_TYPES {
  const type = contentTypeOf(request);
  if (!Object.hasOwn(PATCH_TYPES, type)) throw unsupportedMediaType(Object.keys(PATCH_TYPES));
  return type;
}

async function onPatch(call: Call): Promise<{ object: KubeObject; created: boolean }> {
  const { api, request, query, write } = call;
  const type = PATCH_TYPES[patchTypeOf(call)];
  const body = await readBody(request);
  if (type === 'apply') return await apply(api, write, body, query['force'] === 'true');
  return { object: await patch(api, write, type ?? 'merge', body), created: false };
}

async function onScale(call: Call): Promise<void> {
  const { api, request, response, resource, write } = call;
  const change = { ...write, fieldManager: write.fieldManager };
  if (request.method === 'GET') {
    response.json(scaleOf(resource, read(call)));
    return;
  }
  const type = request.method === 'PATCH' ? PATCH_TYPES[patchTypeOf(call)] : undefined;
  const body = await readBody(request);
  if (request.method === 'PATCH') {
    if (type === 'apply' || type === undefined)
      throw unsupportedMediaType(Object.keys(PATCH_TYPES));
    const patchKind = type;
    const object = await update(
      api,
      change,
      rescale(write, (scale) => patchScale(scale, patchKind, body)),
    );
    response.json(scaleOf(resource, object));
    return;
  }
  if (request.method !== 'PUT') throw methodNotAllowed();
  response.json(
    scaleOf(
      resource,
      await update(
        api,
        change,
        rescale(write, () => body),
      ),
    ),
  );
}
