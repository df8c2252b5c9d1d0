import { isObject, type JsonObject, type KubeObject, valueAt } from '../object.ts';
import { ageOf } from './duration.ts';

/** Cells of built-in kinds that are more than a value at a path. */
export function computedCell(name: string, object: KubeObject, now: number): unknown {
  const cell = CELLS[name];
  if (cell === undefined) throw new Error(`no computed cell ${name}`);
  return cell(object, now);
}

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function count(value: unknown): number {
  return isObject(value) ? Object.keys(value).length : 0;
}

function labels(value: unknown): string {
  if (!isObject(value) || Object.keys(value).length === 0) return '<none>';
  return Object.keys(value)
    .sort()
    .map((key) => `${key}=${String(value[key])}`)
    .join(',');
}

function joined(values: readonly unknown[], limit = Number.POSITIVE_INFINITY): string {
  if (values.length === 0) return '<none>';
  const shown = values.slice(0, limit).join(',');
  return values.length > limit ? `${shown} + ${values.length - limit} more...` : shown;
}

const statuses = (pod: KubeObject) => list(valueAt(pod, ['status', 'containerStatuses']));
const containers = (object: KubeObject) =>
  list(valueAt(object, ['spec', 'template', 'spec', 'containers']));

const CELLS: Readonly<Record<string, (object: KubeObject, now: number) => unknown>> = {
  created: (object) => object.metadata.creationTimestamp ?? '<unknown>',
  dataCount: (object) => count(object['data']) + count(object['binaryData']),
  webhooks: (object) => list(object['webhooks']).length,
  validations: (object) => list(valueAt(object, ['spec', 'validations'])).length,
  paramKind: (object) => String(valueAt(object, ['spec', 'paramKind', 'kind']) ?? '<unset>'),
  paramRef: (object) => String(valueAt(object, ['spec', 'paramRef', 'name']) ?? '<unset>'),
  roleRef: (object) =>
    `${String(valueAt(object, ['roleRef', 'kind']))}/${String(valueAt(object, ['roleRef', 'name']))}`,
  selector: (object) => labels(valueAt(object, ['spec', 'selector'])),
  podSelector: (object) => labels(valueAt(object, ['spec', 'podSelector', 'matchLabels'])),
  minAvailable: (object) => String(valueAt(object, ['spec', 'minAvailable']) ?? 'N/A'),
  maxUnavailable: (object) => String(valueAt(object, ['spec', 'maxUnavailable']) ?? 'N/A'),
  setReady: (set) =>
    `${Number(valueAt(set, ['status', 'readyReplicas']) ?? 0)}/${Number(valueAt(set, ['spec', 'replicas']) ?? 0)}`,
  containers: (set) => joined(containers(set).map((one) => one['name'])),
  images: (set) => joined(containers(set).map((one) => one['image'])),
  podReady: (pod) => {
    const total = list(valueAt(pod, ['spec', 'containers'])).length;
    return `${statuses(pod).filter((one) => one['ready'] === true).length}/${total}`;
  },
  podRestarts: (pod) =>
    String(statuses(pod).reduce((sum, one) => sum + Number(one['restartCount'] ?? 0), 0)),
  podStatus,
  servicePorts: (service) =>
    joined(
      list(valueAt(service, ['spec', 'ports'])).map((port) => {
        const node = port['nodePort'] === undefined ? '' : `:${String(port['nodePort'])}`;
        return `${String(port['port'])}${node}/${String(port['protocol'])}`;
      }),
    ),
  endpoints: (object) => joined(addresses(object), 3),
  slicePorts: (slice) =>
    joined(
      list(slice['ports']).map((port) => port['port']),
      3,
    ),
  sliceEndpoints: (slice) =>
    joined(
      list(slice['endpoints']).flatMap((one) =>
        Array.isArray(one['addresses']) ? one['addresses'] : [],
      ),
      3,
    ),
  accessModes: (claim) => {
    const modes =
      valueAt(claim, ['status', 'accessModes']) ?? valueAt(claim, ['spec', 'accessModes']);
    return Array.isArray(modes)
      ? modes.map((mode) => SHORT_MODE[String(mode)] ?? mode).join(',')
      : '';
  },
  lastSeen: (event, now) => ageOf(event['lastTimestamp'] ?? event['eventTime'] ?? undefined, now),
  firstSeen: (event, now) => ageOf(event['firstTimestamp'] ?? event['eventTime'] ?? undefined, now),
  eventCount: (event) => Number(event['count'] ?? valueAt(event, ['series', 'count']) ?? 1),
  eventObject: (event) => {
    const kind = String(valueAt(event, ['involvedObject', 'kind']) ?? '').toLowerCase();
    return `${kind}/${String(valueAt(event, ['involvedObject', 'name']) ?? '')}`;
  },
  eventSource: (event) =>
    String(valueAt(event, ['source', 'component']) ?? event['reportingComponent'] ?? ''),
};

const SHORT_MODE: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** As kubectl's STATUS column: why a container waits or ended beats the phase. */
function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const reason = statuses(pod)
    .map(
      (one) =>
        valueAt(one, ['state', 'waiting', 'reason']) ??
        valueAt(one, ['state', 'terminated', 'reason']),
    )
    .find((one) => typeof one === 'string');
  return String(
    reason ?? valueAt(pod, ['status', 'reason']) ?? valueAt(pod, ['status', 'phase']) ?? 'Unknown',
  );
}

function addresses(endpoints: KubeObject): string[] {
  return list(endpoints['subsets']).flatMap((subset) =>
    list(subset['addresses']).flatMap((address) =>
      list(subset['ports']).map((port) => `${String(address['ip'])}:${String(port['port'])}`),
    ),
  );
}
