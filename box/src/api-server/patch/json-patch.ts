import { clone, deepEqual, isObject } from '../object.ts';
import { badRequest, StatusError } from '../status-error.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** RFC 6902. @throws StatusError 400 when it is not a patch, 422 when it does not fit the document. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  return patch.reduce<unknown>(
    (current, operation) => step(current, parse(operation)),
    clone(document),
  );
}

function parse(operation: unknown): Operation {
  if (
    !isObject(operation) ||
    typeof operation['op'] !== 'string' ||
    typeof operation['path'] !== 'string'
  ) {
    throw badRequest('a JSON patch is a list of {op, path, value}');
  }
  return operation as unknown as Operation;
}

/** A real API server keeps the reason to itself. */
function unfit(reason: string): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  const error = new StatusError(422, 'Invalid', message, {});
  error.cause = reason;
  return error;
}

function step(document: unknown, { op, path, from, value }: Operation): unknown {
  switch (op) {
    case 'add':
      return put(document, path, clone(value), 'add');
    case 'replace':
      get(document, path);
      return put(document, path, clone(value), 'replace');
    case 'remove':
      return remove(document, path);
    case 'test':
      if (!deepEqual(read(document, path) ?? null, value ?? null)) {
        throw unfit(`testing value ${path} failed: test failed`);
      }
      return document;
    case 'copy':
      return put(document, path, clone(get(document, from ?? '')), 'add');
    case 'move': {
      const moved = get(document, from ?? '');
      return put(remove(document, from ?? ''), path, moved, 'add');
    }
    default:
      throw unfit(`Unexpected kind: ${op}`);
  }
}

function tokens(path: string): string[] {
  if (path === '') return [];
  return path
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: unknown, path: string): unknown {
  let current = document;
  for (const token of tokens(path)) {
    if (Array.isArray(current)) current = current[Number(token)];
    else if (isObject(current)) current = current[token];
    else return undefined;
  }
  return current;
}

function get(document: unknown, path: string): unknown {
  const value = read(document, path);
  if (value === undefined) throw unfit(`path ${path} does not exist`);
  return value;
}

function parentOf(document: unknown, path: string): { parent: unknown; last: string } {
  const parts = tokens(path);
  const last = parts.at(-1) ?? '';
  const parentPath = path.slice(0, path.lastIndexOf('/'));
  return { parent: parts.length === 1 ? document : read(document, parentPath), last };
}

function put(document: unknown, path: string, value: unknown, how: 'add' | 'replace'): unknown {
  if (path === '') return value;
  const { parent, last } = parentOf(document, path);
  if (isObject(parent)) parent[last] = value;
  else if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) {
      throw unfit(`Unable to access invalid index: ${last}`);
    }
    parent.splice(index, how === 'replace' ? 1 : 0, value);
  } else
    throw unfit(`${how} operation does not apply: doc is missing path: "${path}": missing value`);
  return document;
}

function remove(document: unknown, path: string): unknown {
  const { parent, last } = parentOf(document, path);
  if (isObject(parent) && Object.hasOwn(parent, last)) delete parent[last];
  else if (Array.isArray(parent) && Number(last) < parent.length) parent.splice(Number(last), 1);
  else
    throw unfit(`remove operation does not apply: doc is missing path: "${path}": missing value`);
  return document;
}
