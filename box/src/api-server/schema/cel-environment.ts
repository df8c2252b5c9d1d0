import { isIP } from 'node:net';
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { isCidr } from './formats.ts';
import { parseQuantity, Quantity } from './quantity.ts';
import { regularExpression } from './validate.ts';

/**
 * CEL as Kubernetes has it: the language, optional values, and the functions Kubernetes adds, as far as
 * rules of custom resources and admission policies use them. Expressions are compiled once.
 */
export class CelEnvironment {
  readonly #environment: Environment;
  readonly #compiled = new Map<string, ParseResult>();

  constructor(variables: readonly string[]) {
    const environment = new Environment({
      enableOptionalTypes: true,
      homogeneousAggregateLiterals: false,
    });
    for (const name of variables) environment.registerVariable(name, 'dyn');
    addQuantities(environment);
    addStrings(environment);
    addLists(environment);
    this.#environment = environment;
  }

  /** @throws when it is not CEL. */
  compile(expression: string): ParseResult {
    const known = this.#compiled.get(expression);
    if (known !== undefined) return known;
    const made = this.#environment.parse(expression);
    this.#compiled.set(expression, made);
    return made;
  }

  /** Why an expression can never run (syntax, unknown names, types that do not fit); null when it can. */
  problem(expression: string): string | null {
    const checked = this.#environment.check(expression);
    return checked.error === undefined ? null : checked.error.summary;
  }

  /** @throws what CEL calls an error: a missing key, a division by zero. */
  evaluate(expression: string, variables: Record<string, unknown>): unknown {
    return this.compile(expression)(variables);
  }
}

/** The words of an evaluation error as Kubernetes begins them. */
export function celErrorText(error: unknown): string {
  const summary =
    error instanceof Error && 'summary' in error && typeof error.summary === 'string'
      ? error.summary
      : error instanceof Error
        ? error.message
        : String(error);
  return summary.charAt(0).toLowerCase() + summary.slice(1);
}

function quantity(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (parsed === null)
    throw new Error(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  return parsed;
}

function addQuantities(environment: Environment): void {
  environment.registerType('kubernetes.Quantity', Quantity);
  const type = 'kubernetes.Quantity';
  const compare = (a: Quantity, b: Quantity) =>
    a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n;
  environment
    .registerFunction(`quantity(string): ${type}`, quantity)
    .registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== null)
    .registerFunction(`${type}.compareTo(${type}): int`, compare)
    .registerFunction(
      `${type}.isGreaterThan(${type}): bool`,
      (a: Quantity, b: Quantity) => compare(a, b) > 0n,
    )
    .registerFunction(
      `${type}.isLessThan(${type}): bool`,
      (a: Quantity, b: Quantity) => compare(a, b) < 0n,
    )
    .registerFunction(`${type}.sign(): int`, (a: Quantity) => compare(a, new Quantity(0n)))
    .registerFunction(`${type}.isInteger(): bool`, (a: Quantity) => a.isInteger())
    .registerFunction(`${type}.asInteger(): int`, (a: Quantity) => {
      if (!a.isInteger()) throw new Error('cannot convert value to integer');
      return a.nanos / 1_000_000_000n;
    })
    .registerFunction(
      `${type}.asApproximateFloat(): double`,
      (a: Quantity) => Number(a.nanos) / 1e9,
    )
    .registerFunction(
      `${type}.add(${type}): ${type}`,
      (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos),
    )
    .registerFunction(
      `${type}.sub(${type}): ${type}`,
      (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos),
    )
    .registerOperator(`${type} == ${type}`, (a: Quantity, b: Quantity) => a.nanos === b.nanos);
}

function addStrings(environment: Environment): void {
  environment
    .registerFunction(
      'string.replace(string, string): string',
      (text: string, from: string, to: string) => text.replaceAll(from, to),
    )
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) =>
      text.charAt(Number(at)),
    )
    .registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''))
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => regularExpression(pattern).exec(text)?.[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => [
      ...(text.match(new RegExp(pattern, 'g')) ?? []),
    ])
    .registerFunction('string.format(list): string', format)
    .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text))
    .registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0)
    .registerFunction('isCIDR(string): bool', isCidr);
}

function format(template: string, args: unknown[]): string {
  let next = 0;
  return template.replace(/%(?:%|\.?\d*[sdfexXob])/g, (verb) => {
    if (verb === '%%') return '%';
    if (next >= args.length)
      throw new Error('index out of bounds: the format has more verbs than arguments');
    const value = args[next++];
    const digits = /\.(\d+)f$/.exec(verb)?.[1];
    if (digits !== undefined) return Number(value).toFixed(Number(digits));
    if (verb === '%x') return BigInt(value as bigint).toString(16);
    return text(value);
  });
}

function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`;
  return String(value);
}

type Ordered = bigint | number | string;

function addLists(environment: Environment): void {
  const least = (items: Ordered[], pick: (a: Ordered, b: Ordered) => boolean): Ordered => {
    const [first, ...rest] = items;
    if (first === undefined) throw new Error('called on an empty list');
    return rest.reduce((best, item) => (pick(item, best) ? item : best), first);
  };
  environment
    .registerFunction('list.isSorted(): bool', (items: Ordered[]) =>
      items.every((item, index) => index === 0 || (items[index - 1] as Ordered) <= item),
    )
    .registerFunction('list.sum(): dyn', (items: (bigint | number)[]) =>
      items.length === 0 ? 0n : items.reduce((sum, item) => (sum as number) + (item as number)),
    )
    .registerFunction('list.min(): dyn', (items: Ordered[]) => least(items, (a, b) => a < b))
    .registerFunction('list.max(): dyn', (items: Ordered[]) => least(items, (a, b) => a > b))
    .registerFunction('list.indexOf(dyn): int', (items: unknown[], item: unknown) =>
      BigInt(items.indexOf(item)),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (items: unknown[], item: unknown) =>
      BigInt(items.lastIndexOf(item)),
    );
}
