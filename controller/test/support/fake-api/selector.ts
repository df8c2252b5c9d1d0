/** Label and field selectors, as far as the product uses them. Pure. */
import type { KubeObject } from '../../../src/runtime/kube-object.ts';
import { isMap } from './json-merge.ts';

export function matches(object: KubeObject, namespace: string, query: URLSearchParams): boolean {
  if (namespace !== '' && object.metadata.namespace !== namespace) return false;
  const labels = object.metadata.labels ?? {};
  return (
    terms(query.get('labelSelector')).every((term) => holds(term, (name) => labels[name])) &&
    terms(query.get('fieldSelector')).every((term) => holds(term, (path) => field(object, path)))
  );
}

function terms(selector: string | null): string[] {
  return selector === null || selector === '' ? [] : selector.split(/,(?![^(]*\))/);
}

function holds(term: string, read: (name: string) => unknown): boolean {
  const set = /^(\S+) (in|notin) \((.*)\)$/.exec(term);
  if (set !== null) {
    const isIn = (set[3] ?? '').split(',').includes(String(read(set[1] ?? '')));
    return set[2] === 'in' ? isIn : !isIn;
  }
  const [, name = '', operator = '', value = ''] = /^(!?[^!=]+)(!=|==?)?(.*)$/.exec(term) ?? [];
  if (operator === '')
    return name.startsWith('!') ? read(name.slice(1)) === undefined : read(name) !== undefined;
  return (read(name) === value) === (operator !== '!=');
}

function field(object: KubeObject, path: string): unknown {
  let value: unknown = object;
  for (const step of path.split('.')) value = isMap(value) ? value[step] : undefined;
  return value;
}
