import { type FieldError, invalidField, requiredField, unsupportedField } from '../field-error.ts';
import { deepEqual, isObject, type JsonObject } from '../object.ts';
import { correlateItems, NOTHING } from './correlate.ts';
import { hasFormat } from './formats.ts';
import { propertySchema, type Schema } from './schema.ts';

/**
 * Checks a value; every finding, in the words of kube-openapi's validator. With the stored value in
 * `old`, a part that did not change is not blamed (a rule may have come after the object).
 */
export function validateSchema(
  value: unknown,
  schema: Schema,
  path = '',
  old: unknown = NOTHING,
): FieldError[] {
  if (old !== NOTHING && deepEqual(value, old)) return [];
  if (value === null) {
    if (schema.nullable === true || schema.type === undefined) return [];
    return [typeError(path, schema.type, 'null')];
  }
  return [
    ...checkType(value, schema, path),
    ...checkCombinations(value, schema, path),
    ...(typeof value === 'string' ? checkString(value, schema, path) : []),
    ...(typeof value === 'number' ? checkNumber(value, schema, path) : []),
    ...(Array.isArray(value) ? checkArray(value, schema, path, old) : []),
    ...checkEnum(value, schema, path),
    ...(isObject(value) ? checkObject(value, schema, path, old) : []),
  ];
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeError(path: string, expected: string, actual: string): FieldError {
  const detail = `${path} in body must be of type ${expected}: ${JSON.stringify(actual)}`;
  return { type: 'FieldValueTypeInvalid', field: path, value: actual, detail };
}

function checkType(value: unknown, schema: Schema, path: string): FieldError[] {
  const actual = typeName(value);
  if (schema['x-kubernetes-int-or-string'] === true) {
    const allowed =
      schema.format === 'quantity' ? ['integer', 'number', 'string'] : ['integer', 'string'];
    return allowed.includes(actual) ? [] : [typeError(path, 'integer,string', actual)];
  }
  const expected = schema.type;
  if (expected === undefined || expected === actual) return [];
  if (expected === 'number' && actual === 'integer') return [];
  return [typeError(path, expected, actual)];
}

/** Of a string's length and pattern only the first finding counts. */
function checkString(value: string, schema: Schema, path: string): FieldError[] {
  const errors = [...firstOfText(value, schema, path)];
  const isText = schema.type === undefined || schema.type === 'string';
  if (isText && schema.format !== undefined && !hasFormat(value, schema.format)) {
    errors.push({ ...typeError(path, schema.format, value), value });
  }
  return errors;
}

function firstOfText(value: string, schema: Schema, path: string): FieldError[] {
  const length = [...value].length;
  const { maxLength, minLength, pattern } = schema;
  if (maxLength !== undefined && length > maxLength) {
    const detail = `may not be more than ${maxLength} ${maxLength === 1 ? 'byte' : 'bytes'}`;
    return [{ type: 'FieldValueTooLong', field: path, detail }];
  }
  if (minLength !== undefined && length < minLength) {
    const detail = `${path} in body should be at least ${minLength} chars long`;
    return [invalidField(path, value, detail)];
  }
  if (pattern !== undefined && !regularExpression(pattern).test(value)) {
    return [invalidField(path, value, `${path} in body should match '${pattern}'`)];
  }
  return [];
}

const expressions = new Map<string, RegExp>();

/** Kubernetes' patterns are RE2's; what our kinds use means the same in JavaScript. */
export function regularExpression(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(pattern);
  expressions.set(pattern, made);
  return made;
}

function checkNumber(value: number, schema: Schema, path: string): FieldError[] {
  const { multipleOf, maximum, minimum } = schema;
  if (schema.type === 'integer' && !Number.isInteger(value)) {
    const isBounded = [multipleOf, maximum, minimum].some((bound) => bound !== undefined);
    const detail = `Checked value must be of type integer (default format) in ${path}`;
    return isBounded ? [invalidField('<nil>', '', detail)] : [];
  }
  return numberLimits(value, schema).map((words) =>
    invalidField(path, value, `${path} in body should be ${words}`),
  );
}

function numberLimits(value: number, schema: Schema): string[] {
  const { multipleOf, maximum, minimum } = schema;
  const limits: string[] = [];
  if (multipleOf !== undefined && value % multipleOf !== 0)
    limits.push(`a multiple of ${multipleOf}`);
  if (maximum !== undefined && schema.exclusiveMaximum === true) {
    if (value >= maximum) limits.push(`less than ${maximum}`);
  } else if (maximum !== undefined && value > maximum)
    limits.push(`less than or equal to ${maximum}`);
  if (minimum !== undefined && schema.exclusiveMinimum === true) {
    if (value <= minimum) limits.push(`greater than ${minimum}`);
  } else if (minimum !== undefined && value < minimum)
    limits.push(`greater than or equal to ${minimum}`);
  return limits;
}

function tooMany(path: string, actual: number, max: number): FieldError {
  const detail = `must have at most ${max} ${max === 1 ? 'item' : 'items'}`;
  return { type: 'FieldValueTooMany', field: path, value: actual, detail };
}

function checkArray(value: unknown[], schema: Schema, path: string, old: unknown): FieldError[] {
  const errors: FieldError[] = [];
  const { items, minItems, maxItems } = schema;
  if (items !== undefined) {
    const before = correlateItems(schema, old);
    for (const [index, item] of value.entries()) {
      errors.push(...validateSchema(item, items, `${path}[${index}]`, before(item)));
    }
  }
  if (minItems !== undefined && value.length < minItems) {
    errors.push(
      invalidField(path, value.length, `${path} in body should have at least ${minItems} items`),
    );
  }
  if (maxItems !== undefined && value.length > maxItems) {
    errors.push(tooMany(path, value.length, maxItems));
  }
  return errors;
}

function checkEnum(value: unknown, schema: Schema, path: string): FieldError[] {
  const allowed = schema.enum;
  if (allowed === undefined || allowed.some((one) => deepEqual(one, value))) return [];
  return [unsupportedField(path, value, allowed)];
}

function checkObject(value: JsonObject, schema: Schema, path: string, old: unknown): FieldError[] {
  const errors: FieldError[] = [];
  const count = Object.keys(value).length;
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && count < minProperties) {
    const detail = `${path} in body should have at least ${minProperties} properties`;
    errors.push(invalidField(path, count, detail));
  }
  if (maxProperties !== undefined && count > maxProperties) {
    errors.push(tooMany(path, count, maxProperties));
  }
  const before = isObject(old) ? old : undefined;
  for (const key of Object.keys(value).sort()) {
    const inner = propertySchema(schema, key);
    if (inner === undefined) continue;
    const oldInner = before !== undefined && Object.hasOwn(before, key) ? before[key] : NOTHING;
    errors.push(...validateSchema(value[key], inner, childPath(path, key), oldInner));
  }
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) errors.push(requiredField(childPath(path, key)));
  }
  return errors;
}

export function childPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function checkCombinations(value: unknown, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const blame = (detail: string) => errors.push(invalidField('<nil>', '', detail));
  const shown = JSON.stringify(path);
  const passes = (one: Schema) => validateSchema(value, one, path).length === 0;
  if (schema.anyOf !== undefined && !schema.anyOf.some(passes)) {
    blame(`${shown} must validate at least one schema (anyOf)`);
  }
  if (schema.oneOf !== undefined) {
    const passed = schema.oneOf.filter(passes).length;
    const found = passed === 0 ? 'Found none valid' : `Found ${passed} valid alternatives`;
    if (passed !== 1) blame(`${shown} must validate one and only one schema (oneOf). ${found}`);
  }
  if (schema.not !== undefined && passes(schema.not)) {
    blame(`${shown} must not validate the schema (not)`);
  }
  for (const one of schema.allOf ?? []) errors.push(...validateSchema(value, one, path));
  return errors;
}
