/** Removes from a text what differs from run to run: identities, times, versions, addresses. */
export function normalise(text: string, namespace: string): string {
  return text
    .replaceAll(namespace, 'NS')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
    .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g, 'TIME')
    .replace(/[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}/g, 'TIME')
    .replace(/("?resourceVersion"?: ?"?)\d+/g, '$1RV')
    .replace(/(Resource Version: +)\d+/g, '$1RV')
    .replace(/(too old resource version: )\d+ \(\d+\)/g, '$1RV (RV)')
    .replace(/("continue": ")[^"]+/g, '$1CONTINUE')
    .replace(/127\.0\.0\.1:\d+/g, 'HOST')
    .replace(/\b(10\.96|127\.96)\.\d+\.\d+\b/g, 'CLUSTER-IP')
    .replace(/(-(?:[bcdfghjklmnpqrstvwxz2456789]){5})(?=["\s])/g, '-RANDOM')
    .replace(/ +(\d+[smh]|\d+m\d+s|<invalid>)(?=\s|$)/gm, ' AGE')
    .replace(/\/tmp\/[^\s:]+/g, 'FILE')
    .replace(/ is invalid: \[(.*)\]/g, (_, list: string) => ` is invalid: [${sortFindings(list)}]`)
    .replace(/^W\d{4} .*\n/gm, '')
    .replace(/^I\d{4} .*\n/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/ {2,}/g, '  ');
}

/** A real server reports findings in the order of Go's maps: any. */
function sortFindings(list: string): string {
  return list
    .split(/, (?=\.?[\w<>[\].]+: )/)
    .sort()
    .join(', ');
}

/** JSON with sorted keys, one value a line, so that a difference is easy to see. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(sort(value), null, 1) ?? '';
}

/** Lists of findings come in the order of Go's maps, owners in that of the seconds in which they wrote. */
const ANY_ORDER = ['reason', 'fieldsV1'];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function sort(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sort);
    return ANY_ORDER.some((key) => items.some((item) => isObject(item) && key in item))
      ? items.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
      : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sort(inner)]),
  );
}
