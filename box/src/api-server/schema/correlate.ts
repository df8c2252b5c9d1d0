import { canonicalJson, isObject } from '../object.ts';
import { listKeys, type Schema } from './schema.ts';

/** No counterpart in the stored object. Not undefined: an absent argument must not read as one. */
export const NOTHING: unique symbol = Symbol('nothing');

/** Finds the former state of a list's item: only keyed lists have one, by the item's keys. */
export function correlateItems(schema: Schema, old: unknown): (item: unknown) => unknown {
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map') return () => NOTHING;
  const byKeys = new Map<string, unknown>();
  for (const item of old) {
    if (isObject(item)) byKeys.set(canonicalJson(listKeys(schema, item)), item);
  }
  return (item) =>
    isObject(item) ? (byKeys.get(canonicalJson(listKeys(schema, item))) ?? NOTHING) : NOTHING;
}
