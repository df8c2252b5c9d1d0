import type { ErrorObject } from 'ajv';
import { nearest } from './nearest.ts';

/** One thing that is wrong with a value. `field` is a path like `spec.mysql.config.sync_binlog`. */
export interface FieldProblem {
  /** Empty for the value as a whole. */
  readonly field: string;
  /** The vocabulary of `StatusCause.reason` in Kubernetes. */
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueDuplicate'
    | 'FieldValueTypeInvalid';
  /** Says what to do. */
  readonly message: string;
}

/**
 * ajv's errors in words. ajv reports a failed `anyOf` as every branch's complaint and one more;
 * here it is told once.
 *
 * @param root the value that was checked: near misses and wrong values are quoted from it
 */
export function describeErrors(
  errors: readonly ErrorObject[],
  root: unknown,
): readonly FieldProblem[] {
  const problems = errors
    .filter((error) => isWorthTelling(error, errors))
    .map((error) => describe(error, root));
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = `${problem.field}\n${problem.message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** `['spec', 'mysql', 'config', 'a.b', '0']` → `spec.mysql.config[a.b].0`, as Kubernetes writes it. */
export function fieldPath(segments: readonly string[]): string {
  let path = '';
  for (const segment of segments) {
    if (/^\d+$/.test(segment)) path += `[${segment}]`;
    else if (!/^[\w-]+$/.test(segment)) path += `[${segment}]`;
    else path += path === '' ? segment : `.${segment}`;
  }
  return path;
}

/**
 * Of a failed `anyOf`, what to tell: when an alternative got as far as looking inside the value (an
 * object or null, say), its complaints; else only that none of the alternatives fits.
 */
function isWorthTelling(error: ErrorObject, errors: readonly ErrorObject[]): boolean {
  // The values that are allowed say the type, too.
  if (error.keyword === 'type' && errors.some((other) => isChoiceAt(other, error.instancePath))) {
    return false;
  }
  // What is wrong with the key has been told.
  if (error.keyword === 'propertyNames') return false;
  if (error.keyword === 'anyOf') return !errors.some((other) => looksInside(other, error));
  const around = errors.filter(
    (other) => other.keyword === 'anyOf' && error.schemaPath.startsWith(`${other.schemaPath}/`),
  );
  return around.every((alternatives) => looksInside(error, alternatives));
}

function isChoiceAt(error: ErrorObject, instancePath: string): boolean {
  return (
    (error.keyword === 'enum' || error.keyword === 'const') && error.instancePath === instancePath
  );
}

function looksInside(error: ErrorObject, alternatives: ErrorObject): boolean {
  if (!error.schemaPath.startsWith(`${alternatives.schemaPath}/`)) return false;
  return (
    error.instancePath.length > alternatives.instancePath.length ||
    error.keyword === 'required' ||
    error.keyword === 'additionalProperties'
  );
}

function describe(error: ErrorObject, root: unknown): FieldProblem {
  const place = pointerSegments(error.instancePath);
  // Of a map's key ajv gives the map's place, and the key beside it.
  const key = error.propertyName;
  const segments = key === undefined ? place : [...place, key];
  const field = fieldPath(segments);
  const value = key ?? valueAt(root, segments);
  switch (error.keyword) {
    case 'required': {
      const missing = String(error.params['missingProperty']);
      return {
        field: fieldPath([...segments, missing]),
        reason: 'FieldValueRequired',
        message: 'is missing: add it',
      };
    }
    case 'additionalProperties':
      return unknownField(error, segments);
    case 'type':
      return {
        field,
        reason: 'FieldValueTypeInvalid',
        message: `must be ${typeWords(error.params['type'])}, not ${show(value)}`,
      };
    case 'uniqueItems':
      return {
        field,
        reason: 'FieldValueDuplicate',
        message: `has the same item twice: remove one of ${show(valueAt(value, [String(error.params['i'])]))}`,
      };
    case 'enum':
    case 'const':
    case 'anyOf':
      return notAllowed(error, field, value);
    default:
      return {
        field,
        reason: 'FieldValueInvalid',
        message: `${descriptionOf(error) ?? error.message ?? error.keyword}, not ${show(value)}`,
      };
  }
}

function unknownField(error: ErrorObject, segments: readonly string[]): FieldProblem {
  const name = String(error.params['additionalProperty']);
  const known = Object.keys(propertiesOf(error));
  const guess = nearest(name, known);
  return {
    field: fieldPath([...segments, name]),
    reason: 'FieldValueForbidden',
    message:
      guess === undefined
        ? `there is no field ${show(name)} here: remove it (known: ${known.join(', ')})`
        : `there is no field ${show(name)} here: did you mean ${show(guess)}?`,
  };
}

function notAllowed(error: ErrorObject, field: string, value: unknown): FieldProblem {
  const allowed = allowedValues(error);
  if (allowed.length === 0) {
    const words = descriptionOf(error) ?? 'does not have a type that is allowed here';
    return { field, reason: 'FieldValueTypeInvalid', message: `${words}, not ${show(value)}` };
  }
  const names = allowed.filter((item) => typeof item === 'string');
  const guess = typeof value === 'string' ? nearest(value, names) : undefined;
  const hint = guess === undefined ? '' : `; did you mean ${show(guess)}?`;
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `must be one of ${allowed.map(show).join(', ')}, not ${show(value)}${hint}`,
  };
}

/** ajv runs verbose: each error carries the schema that it is about. */
function allowedValues(error: ErrorObject): readonly unknown[] {
  if (error.keyword === 'const') return [error.params['allowedValue']];
  if (error.keyword === 'enum') return error.params['allowedValues'] ?? [];
  const branches: unknown = error.schema;
  if (!Array.isArray(branches)) return [];
  return branches.every((branch) => isRecord(branch) && 'const' in branch)
    ? branches.map((branch) => branch.const)
    : [];
}

function propertiesOf(error: ErrorObject): object {
  const properties: unknown = error.parentSchema?.['properties'];
  return isRecord(properties) ? properties : {};
}

function descriptionOf(error: ErrorObject): string | undefined {
  const words: unknown = error.parentSchema?.['x-radondb-message'];
  return typeof words === 'string' ? words : undefined;
}

function pointerSegments(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(root: unknown, segments: readonly string[]): unknown {
  let value = root;
  for (const segment of segments) {
    value = isRecord(value) ? value[segment] : undefined;
  }
  return value;
}

function typeWords(type: unknown): string {
  const words = [type].flat().map((name) => (name === 'integer' ? 'whole number' : String(name)));
  return words.map((word) => (/^[aeio]/.test(word) ? `an ${word}` : `a ${word}`)).join(' or ');
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
