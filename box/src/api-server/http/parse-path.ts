import type { Subresource } from '../lifecycle/context.ts';

/** What a URL names: `/apis/GROUP/VERSION/namespaces/NS/PLURAL/NAME/SUBRESOURCE`, or the same below `/api/v1`. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string;
  readonly subresource: string;
}

const SUBRESOURCES: readonly string[] = ['', 'status', 'scale'];

export function isServedSubresource(name: string): name is Subresource {
  return SUBRESOURCES.includes(name);
}

/** @returns null when the path is not of this form. */
export function parsePath(path: string): ResourcePath | null {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  const group = root === 'apis' ? rest.shift() : root === 'api' ? '' : undefined;
  const version = rest.shift();
  if (group === undefined || version === undefined || rest.length === 0 || rest.length > 5)
    return null;
  let namespace = '';
  // `/namespaces/NAME`, `/namespaces/NAME/status`: the namespace itself.
  const isNamespaceItself =
    rest.length === 2 || (rest.length === 3 && ['status', 'finalize'].includes(rest[2] ?? ''));
  if (rest[0] === 'namespaces' && rest.length > 1 && !isNamespaceItself) {
    [, namespace = ''] = rest.splice(0, 2);
  }
  const [plural = '', name = '', subresource = '', ...more] = rest;
  return more.length > 0 ? null : { group, version, namespace, plural, name, subresource };
}
