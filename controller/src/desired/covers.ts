import { readQuantity } from '../quantity.ts';

/**
 * Whether `found` has everything that `wanted` says: more fields are fine (defaults of the API server, other writers), other values
 * and other lengths of lists are not. Amounts are compared as amounts: the API server writes 1000m as 1.
 */
export function covers(found: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found)) return wanted.length === 0 && found === undefined;
    return wanted.length === found.length && wanted.every((it, i) => covers(found[i], it));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    // Empty maps are not stored.
    if (found === undefined) return Object.keys(wanted).length === 0;
    if (typeof found !== 'object' || found === null) return false;
    return Object.entries(wanted).every(([key, it]) => covers(Reflect.get(found, key), it));
  }
  return found === wanted || isSameAmount(found, wanted);
}

function isSameAmount(a: unknown, b: unknown): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  const [left, right] = [readQuantity(a), readQuantity(b)];
  return left !== null && left === right;
}
