import { Optional } from '@marcbachmann/cel-js';
import { type FieldError, invalidField } from '../field-error.ts';
import { deepEqual, isObject, type JsonObject } from '../object.ts';
import { CelEnvironment, celErrorText } from './cel-environment.ts';
import { toCel } from './cel-value.ts';
import { correlateItems, NOTHING } from './correlate.ts';
import { propertySchema, type Schema, type ValidationRule } from './schema.ts';
import { childPath } from './validate.ts';

export const ruleEnvironment = new CelEnvironment(['self', 'oldSelf']);

/**
 * Evaluates every `x-kubernetes-validations` rule of a schema over an object. `old` is the stored object of
 * an update: rules that speak of `oldSelf` run only where there is one, and the others do not blame a part
 * that did not change.
 */
export function checkRules(value: JsonObject, schema: Schema, old?: JsonObject): FieldError[] {
  const root = (object: JsonObject): JsonObject => ({ ...object, metadata: nameOnly(object) });
  return walk(root(value), schema, '', old === undefined ? NOTHING : root(old));
}

/** Of the metadata, rules see only the name. */
function nameOnly(object: JsonObject): JsonObject {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const { name, generateName } = metadata;
  return {
    ...(name !== undefined && { name }),
    ...(generateName !== undefined && { generateName }),
  };
}

function walk(
  value: unknown,
  schema: Schema | undefined,
  path: string,
  old: unknown,
): FieldError[] {
  if (schema === undefined || value === null || value === undefined) return [];
  const errors = rulesOf(value, schema, path, old);
  for (const one of schema.allOf ?? []) errors.push(...walk(value, { ...one }, path, old));
  if (Array.isArray(value)) {
    const before = correlateItems(schema, old);
    for (const [index, item] of value.entries()) {
      errors.push(...walk(item, schema.items, `${path}[${index}]`, before(item)));
    }
  } else if (isObject(value)) {
    for (const key of Object.keys(value).sort()) {
      const inner = propertySchema(schema, key);
      const isMap = schema.properties?.[key] === undefined;
      const innerPath = isMap ? `${path}[${key}]` : childPath(path, key);
      const oldInner = isObject(old) && Object.hasOwn(old, key) ? old[key] : NOTHING;
      errors.push(...walk(value[key], inner, innerPath, oldInner));
    }
  }
  return errors;
}

function rulesOf(value: unknown, schema: Schema, path: string, old: unknown): FieldError[] {
  const rules = schema['x-kubernetes-validations'];
  if (rules === undefined) return [];
  const hasOld = old !== NOTHING;
  const isUnchanged = hasOld && deepEqual(value, old);
  const self = toCel(value, schema);
  const oldSelf = hasOld ? toCel(old, schema) : undefined;
  const errors: FieldError[] = [];
  for (const rule of rules) {
    const isTransition = /\boldSelf\b/.test(rule.rule);
    if (isTransition && !hasOld && rule.optionalOldSelf !== true) continue;
    if (isUnchanged && !isTransition) continue;
    const variables = {
      self,
      oldSelf: rule.optionalOldSelf === true ? optional(oldSelf) : oldSelf,
    };
    const error = checkRule(rule, variables, { value, schema, path });
    if (error !== null) errors.push(error);
  }
  return errors;
}

function optional(value: unknown): Optional {
  return value === undefined ? Optional.none() : Optional.of(value);
}

interface Place {
  readonly value: unknown;
  readonly schema: Schema;
  readonly path: string;
}

function checkRule(
  rule: ValidationRule,
  variables: Record<string, unknown>,
  { value, schema, path }: Place,
): FieldError | null {
  try {
    if (ruleEnvironment.evaluate(rule.rule, variables) === true) return null;
  } catch (error) {
    const named = rule.message ?? rule.rule;
    return invalidField(
      path === '' ? '<nil>' : path,
      schema.type,
      `${celErrorText(error)} evaluating rule: ${named}`,
    );
  }
  const place = path === '' ? '<nil>' : path;
  const field = rule.fieldPath === undefined ? place : joinPath(path, rule.fieldPath);
  const detail = messageOf(rule, variables);
  const reason: string = rule.reason ?? '';
  switch (reason) {
    case 'FieldValueForbidden':
      return { type: 'FieldValueForbidden', field, detail };
    case 'FieldValueRequired':
      return { type: 'FieldValueRequired', field, detail };
    case 'FieldValueDuplicate':
      return { type: 'FieldValueDuplicate', field, value: shown(value), detail: '' };
    default:
      return { type: 'FieldValueInvalid', field, value: shown(value), detail };
  }
}

/** Objects and lists are too long to be shown. */
function shown(value: unknown): unknown {
  return typeof value === 'object' ? undefined : value;
}

/** `.replicas` below `spec` is `spec.replicas`. */
function joinPath(path: string, fieldPath: string): string {
  const relative = fieldPath.startsWith('.') ? fieldPath.slice(1) : fieldPath;
  return relative.startsWith('[') ? `${path}${relative}` : childPath(path, relative);
}

function messageOf(rule: ValidationRule, variables: Record<string, unknown>): string {
  if (rule.messageExpression !== undefined) {
    try {
      const made = ruleEnvironment.evaluate(rule.messageExpression, variables);
      if (typeof made === 'string' && made.trim() !== '' && !made.includes('\n')) return made;
    } catch {
      // A message that cannot be made falls back to the fixed one.
    }
  }
  return rule.message?.trim() ?? `failed rule: ${rule.rule}`;
}
