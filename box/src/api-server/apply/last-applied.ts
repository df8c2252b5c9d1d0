import { canonicalJson, isObject, type KubeObject } from '../object.ts';
import type { Schema } from '../schema/schema.ts';
import { difference, emptySet, type FieldSet } from './field-set.ts';
import { compare, fieldsOf } from './typed.ts';

/** Where `kubectl apply` without --server-side keeps what it applied. */
const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** The field manager of `kubectl apply --server-side`. */
const KUBECTL = 'kubectl';

/**
 * Fields that kubectl itself applied from the client's side and that still are as it left them: it may
 * take them over on the server without a conflict.
 */
export function appliedByClient(
  live: KubeObject | null,
  manager: string,
  schema: Schema,
): FieldSet {
  const text = live?.metadata.annotations?.[ANNOTATION];
  if (manager !== KUBECTL || text === undefined) return emptySet();
  const last = parse(text);
  if (last === null) return emptySet();
  const changes = compare(last, live, schema);
  return [changes.modified, changes.added, changes.removed].reduce(
    difference,
    fieldsOf(last, schema),
  );
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // Anybody may write the annotation: what cannot be read says nothing.
    return null;
  }
}

/** Keeps the annotation true when kubectl applies on the server, so that it can go back to the client's side. */
export function refreshLastApplied(
  object: KubeObject,
  config: KubeObject,
  manager: string,
): KubeObject {
  const { annotations } = object.metadata;
  if (manager !== KUBECTL || annotations?.[ANNOTATION] === undefined) return object;
  const { [ANNOTATION]: _, ...others } = config.metadata.annotations ?? {};
  const { annotations: _given, ...metadata } = config.metadata;
  const applied = {
    ...config,
    metadata: { ...metadata, ...(Object.keys(others).length > 0 && { annotations: others }) },
  };
  const text = `${canonicalJson(applied)}\n`;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, [ANNOTATION]: text } },
  };
}
