import type { KubeObject } from '../object.ts';

/** events.k8s.io/v1 and v1 show the same events under other names: [new, core]. */
const RENAMED: readonly (readonly [string, string])[] = [
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];

export function eventFromCore(object: KubeObject): KubeObject {
  return rename({ ...object, apiVersion: 'events.k8s.io/v1' }, (newer, core) => [core, newer]);
}

export function eventToCore(object: KubeObject): KubeObject {
  return rename({ ...object, apiVersion: 'v1' }, (newer, core) => [newer, core]);
}

function rename(
  object: KubeObject,
  order: (newer: string, core: string) => [string, string],
): KubeObject {
  const result = { ...object };
  for (const [newer, core] of RENAMED) {
    const [from, to] = order(newer, core);
    if (result[from] !== undefined) result[to] = result[from];
    delete result[from];
  }
  return result;
}
