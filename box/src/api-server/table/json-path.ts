import { deepEqual, isObject } from '../object.ts';

/** A step of a path: a property, an index, all, or a filter that compares a property with a literal. */
type Step =
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | {
      readonly kind: 'filter';
      readonly path: readonly string[];
      readonly negated: boolean;
      readonly value: unknown;
    };

const TOKEN =
  /\.([A-Za-z0-9_$-]+(?:\\\.[A-Za-z0-9_$-]+)*)|\['((?:[^'\\]|\\.)*)'\]|\[(-?\d+)\]|(\[\*\]|\.\*)|\[\?\(@\.([A-Za-z0-9_.]+)\s*(==|!=)\s*("[^"]*"|'[^']*'|[^)]+)\)\]/y;

const parsed = new Map<string, Step[]>();

/** The values at a simple JSONPath, as printer columns have it; none where the path leads nowhere. */
export function findAll(value: unknown, path: string): unknown[] {
  let steps = parsed.get(path);
  if (steps === undefined) {
    steps = parse(path);
    parsed.set(path, steps);
  }
  return steps.reduce<unknown[]>(
    (values, step) => values.flatMap((one) => follow(one, step)),
    [value],
  );
}

function parse(path: string): Step[] {
  const steps: Step[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < path.length) {
    const match = TOKEN.exec(path);
    if (match === null) return [{ kind: 'property', name: '' }];
    const [, name, quoted, index, all, filterPath, operator, literal = ''] = match;
    if (name !== undefined) steps.push({ kind: 'property', name: name.replaceAll('\\.', '.') });
    else if (quoted !== undefined)
      steps.push({ kind: 'property', name: quoted.replace(/\\(.)/g, '$1') });
    else if (index !== undefined) steps.push({ kind: 'index', index: Number(index) });
    else if (all !== undefined) steps.push({ kind: 'all' });
    else if (filterPath !== undefined) {
      const value: unknown = JSON.parse(literal.replace(/^'(.*)'$/, '"$1"'));
      steps.push({
        kind: 'filter',
        path: filterPath.split('.'),
        negated: operator === '!=',
        value,
      });
    }
  }
  return steps;
}

function follow(value: unknown, step: Step): unknown[] {
  switch (step.kind) {
    case 'property':
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index':
      return Array.isArray(value) && value.at(step.index) !== undefined
        ? [value.at(step.index)]
        : [];
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value)
        ? value.filter((item) => deepEqual(at(item, step.path), step.value) !== step.negated)
        : [];
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, key) => (isObject(current) ? current[key] : undefined),
    value,
  );
}
