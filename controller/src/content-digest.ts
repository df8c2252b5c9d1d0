import { createHash } from 'node:crypto';

/** A short digest of a JSON value; the order of keys does not count. */
export function contentDigest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const it: unknown = Reflect.get(value, key);
    if (it !== undefined) text += `${JSON.stringify(key)}:${canonical(it)},`;
  }
  return `{${text}}`;
}
