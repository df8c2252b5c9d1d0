/** What a request to the Kubernetes API asks for, read from its method and URL. */

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'replace'
  | 'apply'
  | 'merge-patch'
  | 'json-patch'
  | 'delete';

export interface ApiRequest {
  readonly verb: Verb;
  /** `apps/v1`, or `v1`. */
  readonly apiVersion: string;
  readonly plural: string;
  /** Empty: all namespaces, or a cluster-scoped object. */
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
  readonly subresource: string;
  readonly query: URLSearchParams;
}

export const WRITES: ReadonlySet<Verb> = new Set<Verb>([
  'create',
  'replace',
  'apply',
  'merge-patch',
  'json-patch',
  'delete',
]);

const PATH =
  /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+\/[^/]+))(?:\/namespaces\/(?<namespace>[^/]+)(?=\/[^/]))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>[^/]+))?)?$/;

/** Null when the path is none of the API's. */
export function readRequest(method: string, url: string, contentType: string): ApiRequest | null {
  const parsed = new URL(url, 'http://fake');
  const parts = PATH.exec(parsed.pathname)?.groups;
  if (parts === undefined) return null;
  const name = decodeURIComponent(parts['name'] ?? '');
  const verb = verbOf(method, { isNamed: name !== '', contentType, query: parsed.searchParams });
  if (verb === null) return null;
  return {
    verb,
    apiVersion: parts['core'] ?? parts['group'] ?? '',
    plural: parts['plural'] ?? '',
    namespace: decodeURIComponent(parts['namespace'] ?? ''),
    name,
    subresource: parts['sub'] ?? '',
    query: parsed.searchParams,
  };
}

function verbOf(
  method: string,
  request: {
    readonly isNamed: boolean;
    readonly contentType: string;
    readonly query: URLSearchParams;
  },
): Verb | null {
  switch (method) {
    case 'GET':
      if (request.isNamed) return 'get';
      return request.query.has('watch') ? 'watch' : 'list';
    case 'POST':
      return request.isNamed ? null : 'create';
    case 'PUT':
      return request.isNamed ? 'replace' : null;
    case 'DELETE':
      return request.isNamed ? 'delete' : null;
    case 'PATCH':
      return request.isNamed ? patchVerb(request.contentType) : null;
    default:
      return null;
  }
}

function patchVerb(contentType: string): Verb | null {
  if (contentType.startsWith('application/apply-patch+yaml')) return 'apply';
  if (contentType.startsWith('application/merge-patch+json')) return 'merge-patch';
  return contentType.startsWith('application/json-patch+json') ? 'json-patch' : null;
}
