/** Parses what the API server answers, at the edge: inside, an object is an object. Pure. */
import type { KubeObject, Resource } from '../kube-object.ts';
import { apiVersionOf } from '../kube-object.ts';
import type { ListPage, WatchEvent } from '../ports.ts';
import { ApiError, type ApiErrorDetails } from './api-error.ts';

type Json = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws TypeError that says what is missing */
export function parseObject(value: unknown): KubeObject {
  if (!isRecord(value)) throw new TypeError('the answer is not an object');
  const meta = value['metadata'];
  if (!isRecord(meta) || typeof meta['name'] !== 'string' || meta['name'] === '')
    throw new TypeError('the object has no metadata.name');
  if (typeof meta['uid'] !== 'string') throw new TypeError('the object has no metadata.uid');
  if (typeof meta['resourceVersion'] !== 'string')
    throw new TypeError('the object has no metadata.resourceVersion');
  return value as unknown as KubeObject;
}

/** Items of a list come without apiVersion and kind: they are put back. @throws TypeError when it is no whole list */
export function parseList(resource: Resource, value: unknown): ListPage {
  if (!isRecord(value)) throw new TypeError('the answer is not a list');
  const items = value['items'];
  const meta = value['metadata'];
  // An answer without items is not an empty list: taking it for one would delete everything.
  if (!Array.isArray(items)) throw new TypeError('the list has no items');
  if (!isRecord(meta) || typeof meta['resourceVersion'] !== 'string')
    throw new TypeError('the list has no metadata.resourceVersion');
  const apiVersion = apiVersionOf(resource);
  const { kind } = resource;
  const token = meta['continue'];
  return {
    items: items.map((item) => ({ ...parseObject(item), apiVersion, kind })),
    resourceVersion: meta['resourceVersion'],
    ...(typeof token === 'string' && token !== '' ? { continueToken: token } : {}),
  };
}

/** @throws ApiError for an ERROR event; TypeError or SyntaxError for what is no event */
export function parseWatchEvent(line: string): WatchEvent {
  const event: unknown = JSON.parse(line);
  if (!isRecord(event)) throw new TypeError('the watch event is not an object');
  const { type, object } = event;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: parseObject(object) };
    case 'BOOKMARK': {
      const meta = isRecord(object) ? object['metadata'] : undefined;
      const version = isRecord(meta) ? meta['resourceVersion'] : undefined;
      if (typeof version !== 'string') throw new TypeError('the bookmark has no resourceVersion');
      return { type, resourceVersion: version };
    }
    case 'ERROR':
      throw parseStatus(0, object);
    default:
      throw new TypeError(`unknown type of watch event: ${String(type)}`);
  }
}

/** A metav1.Status, or whatever came in its place, as an ApiError. `status` is the HTTP status. */
export function parseStatus(status: number, value: unknown, retryAfterSeconds?: number): ApiError {
  const body = isRecord(value) && value['kind'] === 'Status' ? value : {};
  const code = typeof body['code'] === 'number' ? body['code'] : status;
  const reason = typeof body['reason'] === 'string' ? body['reason'] : '';
  const message =
    typeof body['message'] === 'string' && body['message'] !== ''
      ? body['message']
      : `the API server answered ${code}`;
  const details: ApiErrorDetails = isRecord(body['details']) ? body['details'] : {};
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return new ApiError({ code, reason, message, details: { ...details, ...wait } });
}
