import { isObject, type JsonObject } from '../object.ts';
import type { Schema } from '../schema/schema.ts';
import builtin from './builtin.json' with { type: 'json' };

/** A built-in kind as Kubernetes' discovery describes it; `schema` names one of `rawSchemas`. */
export interface BuiltinEntry {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: string[];
  readonly categories: string[];
  readonly status: boolean;
  readonly scale: boolean;
  readonly schema: string;
}

const REF = '#/components/schemas/';
const file = builtin as unknown as {
  readonly resources: BuiltinEntry[];
  readonly schemas: Record<string, JsonObject>;
};

export const builtinEntries: readonly BuiltinEntry[] = file.resources;

/** As published in OpenAPI documents: with references. */
export const rawSchemas: Readonly<Record<string, JsonObject>> = file.schemas;

const resolved = new Map<string, Schema>();

/** The schema with every reference replaced by what it names: a graph, with a cycle where a schema describes schemas. */
export function builtinSchema(name: string): Schema {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const raw = rawSchemas[name];
  if (raw === undefined) throw new Error(`builtin.json has no schema ${name}`);
  const schema: Schema = {};
  resolved.set(name, schema);
  Object.assign(schema, resolve(raw));
  if (name === `${META}.FieldsV1` || schema.format === 'int-or-string') {
    delete schema.oneOf;
    if (schema.format === 'int-or-string') schema['x-kubernetes-int-or-string'] = true;
  }
  if (name.endsWith('.api.resource.Quantity')) {
    return replaceWith(schema, { 'x-kubernetes-int-or-string': true, format: 'quantity' });
  }
  return schema;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

export function objectMetaSchema(): Schema {
  return builtinSchema(`${META}.ObjectMeta`);
}

function replaceWith(schema: Schema, content: Schema): Schema {
  for (const key of Object.keys(schema)) delete schema[key as keyof Schema];
  return Object.assign(schema, content);
}

function resolve(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(resolve);
  if (!isObject(node)) return node;
  const { $ref: reference, default: fallback, properties, ...others } = node;
  const rest: JsonObject = Object.fromEntries(
    Object.entries(others).map(([key, inner]) => [key, resolve(inner)]),
  );
  // Here keys are names of fields, which may be called `default` or `$ref`.
  if (isObject(properties)) {
    rest['properties'] = Object.fromEntries(
      Object.entries(properties).map(([key, inner]) => [key, resolve(inner)]),
    );
  }
  if (JSON.stringify(fallback) === '{}') rest['isStruct'] = true;
  else if (fallback !== undefined) rest['default'] = fallback;
  if (typeof reference !== 'string') return rest;
  const target = builtinSchema(reference.slice(REF.length));
  // What stands beside a reference (a list type, a default) is of the place, not of the target.
  return Object.keys(rest).length === 0 ? target : Object.assign(Object.create(target), rest);
}
