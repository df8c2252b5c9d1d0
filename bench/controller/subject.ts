/** The process that is measured: reflectors over a whole fleet and a controller that writes status. Talks to main.ts by IPC. */
// biome-ignore lint/correctness/noUndeclaredDependencies: the logger that the runtime takes
import { pino } from 'pino';
import { changedBeyondStatus, keysFrom } from '../../controller/src/runtime/keys-from.ts';
import { createKubeClient } from '../../controller/src/runtime/kube/kube-client.ts';
import { connectByKubeconfig } from '../../controller/src/runtime/kube/kubeconfig-connection.ts';
import { createTransport } from '../../controller/src/runtime/kube/transport.ts';
import { type KubeObject, keyOf, type Resource } from '../../controller/src/runtime/kube-object.ts';
import { Reflector } from '../../controller/src/runtime/reflector/reflector.ts';
import * as resources from '../../controller/src/runtime/resources.ts';
import { runController } from '../../controller/src/runtime/run-controller.ts';

export type FromSubject =
  | { readonly kind: 'settled' }
  /** Milliseconds from an event's being sent to its reconcile's beginning, and to the end of its write. */
  | {
      readonly kind: 'latencies';
      readonly began: readonly number[];
      readonly ended: readonly number[];
    }
  | {
      readonly kind: 'memory';
      readonly rssBytes: number;
      readonly heapBytes: number;
      readonly peakBytes: number;
    };

const OTHERS = [
  resources.STATEFUL_SETS,
  resources.SERVICES,
  resources.CONFIG_MAPS,
  resources.SECRETS,
] as const;
const CLUSTER = 'bench/cluster';

const say = (message: FromSubject): void => void process.send?.(message);
const stop = new AbortController();
const never = new AbortController();
const kubeconfig = process.argv[2] ?? '';
const expected = Number(process.argv[3]);
const logger = pino({ level: 'warn' });
const connection = await connectByKubeconfig({ kind: 'text', text: kubeconfig });
const client = createKubeClient({ transport: createTransport(connection) });

function follow(resource: Resource): Reflector<KubeObject> {
  const reflector = new Reflector<KubeObject>({
    client,
    resource,
    project: withoutManagedFields,
    indexes: { cluster: (object) => [object.metadata.labels?.[CLUSTER] ?? ''] },
    logger,
  });
  void reflector.run(stop.signal);
  return reflector;
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const metadata = { ...object.metadata, managedFields: undefined };
  return { ...object, metadata };
}

const clusterKey = ({ metadata }: KubeObject): string[] => [
  keyOf({ namespace: metadata.namespace ?? '', name: metadata.labels?.[CLUSTER] ?? '' }),
];
const clusters = follow(resources.MYSQL_CLUSTERS);
const pods = follow(resources.PODS);
const others = OTHERS.map(follow);
const seen = new Set<string>();
const began: number[] = [];
const ended: number[] = [];
/** Stamps that were answered already. */
const answered = new Map<string, string>();

const controller = runController({
  name: 'bench',
  sources: [
    keysFrom({ source: clusters, keysOf: clusterKey, isRelevant: changedBeyondStatus }),
    ...[pods, ...others].map((source) => keysFrom({ source, keysOf: clusterKey })),
  ],
  reconcile: async (key, { signal }) => {
    const startedAt = nowMs();
    const cluster = clusters.store.get(key);
    if (cluster === undefined) return { outcome: 'gone' };
    const members = pods.store.byIndex('cluster', cluster.metadata.name);
    const stamps = freshStamps(members);
    for (const sentAt of stamps) began.push(startedAt - sentAt);
    const { namespace = '', name } = cluster.metadata;
    const { apiVersion, kind } = cluster;
    const latest = members.map((pod) => pod.metadata.annotations?.['bench/sent'] ?? '').join();
    const status = { observedGeneration: cluster.metadata.generation, latest };
    const object = { apiVersion, kind, metadata: { namespace, name }, status };
    const options = { signal, fieldManager: 'bench', force: true, subresource: 'status' } as const;
    await client.apply(resources.MYSQL_CLUSTERS, object, options);
    for (const sentAt of stamps) ended.push(nowMs() - sentAt);
    seen.add(key);
    if (seen.size === expected) say({ kind: 'settled' });
    return { outcome: 'status written' };
  },
  workers: 16,
  stop: stop.signal,
  fence: never.signal,
  logger,
});

function freshStamps(members: readonly KubeObject[]): number[] {
  const stamps: number[] = [];
  for (const pod of members) {
    const sent = pod.metadata.annotations?.['bench/sent'];
    if (sent === undefined || answered.get(pod.metadata.name) === sent) continue;
    answered.set(pod.metadata.name, sent);
    stamps.push(Number(sent));
  }
  return stamps;
}

/** The same clock in both processes. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

process.on('message', (message) => {
  if (message === 'memory') {
    const { rss, heapUsed } = process.memoryUsage();
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    say({ kind: 'memory', rssBytes: rss, heapBytes: heapUsed, peakBytes });
  }
  if (message === 'latencies')
    say({ kind: 'latencies', began: began.splice(0), ended: ended.splice(0) });
  if (message === 'stop') stop.abort();
});
await controller.done;
process.disconnect?.();
