/** The caches that reconcilers read from: one reflector a kind, children by their label. */
import { CLUSTER_LABEL } from '@radondb/api';
import type { Logger } from 'pino';
import { recordOf } from './reconcilers/mysql-cluster/observation.ts';
import type { ReadObject } from './reconcilers/mysql-cluster/observe.ts';
import { changedBeyondStatus, type KeySource, keysFrom } from './runtime/keys-from.ts';
import { type KubeObject, keyOf, type Resource } from './runtime/kube-object.ts';
import type { KubeReader } from './runtime/ports.ts';
import { Reflector, type ReflectorObserver } from './runtime/reflector/reflector.ts';
import * as resources from './runtime/resources.ts';

/** On everything that the controller makes, and on nothing else. */
const OURS = 'app.kubernetes.io/managed-by=radondb-mysql';

const CHILDREN: readonly Resource[] = [
  resources.STATEFUL_SETS,
  resources.PODS,
  resources.CONFIG_MAPS,
  resources.SECRETS,
  resources.SERVICES,
  resources.PERSISTENT_VOLUME_CLAIMS,
  resources.POD_DISRUPTION_BUDGETS,
  resources.NETWORK_POLICIES,
  resources.SERVICE_ACCOUNTS,
  resources.ROLES,
  resources.ROLE_BINDINGS,
];

export interface Sources {
  readonly reflectors: readonly Reflector<KubeObject>[];
  /** What concerns a MysqlCluster: itself and its children. */
  readonly keys: readonly KeySource[];
  /** From the caches. */
  readonly read: ReadObject;
  readonly hasSynced: boolean;
  /** Follows all of them until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createSources(options: {
  readonly client: KubeReader;
  readonly logger: Logger;
  readonly observer?: ReflectorObserver;
}): Sources {
  const { client, logger, observer } = options;
  const made = [resources.MYSQL_CLUSTERS, ...CHILDREN].map((resource) => {
    const reflector = new Reflector<KubeObject>({
      ...{ client, resource, logger, project: projectionOf(resource) },
      ...(resource === resources.MYSQL_CLUSTERS ? {} : { selection: { labelSelector: OURS } }),
      ...(observer === undefined ? {} : { observer }),
    });
    return { resource, reflector };
  });
  const byKind = new Map(made.map(({ resource, reflector }) => [resource.kind, reflector]));
  return {
    reflectors: made.map(({ reflector }) => reflector),
    keys: made.map(({ resource, reflector }) =>
      resource === resources.MYSQL_CLUSTERS
        ? keysFrom({
            source: reflector,
            keysOf: (object) => [keyOf(object.metadata)],
            isRelevant: changedBeyondStatus,
          })
        : keysFrom({ source: reflector, keysOf: clusterKeys }),
    ),
    read: (resource, name) => byKind.get(resource.kind)?.store.get(keyOf(name)),
    get hasSynced() {
      return made.every(({ reflector }) => reflector.hasSynced);
    },
    run: async (signal) => {
      await Promise.all(made.map(({ reflector }) => reflector.run(signal)));
    },
  };
}

function clusterKeys({ metadata }: KubeObject): readonly string[] {
  const name = metadata.labels?.[CLUSTER_LABEL];
  if (name === undefined) return [];
  return [keyOf({ name, ...(metadata.namespace && { namespace: metadata.namespace }) })];
}

/** What is kept of an object: thousands of them stay in memory. */
function projectionOf(resource: Resource): (object: KubeObject) => KubeObject {
  return (object) => {
    const { managedFields: _fields, ...metadata } = object.metadata as KubeObject['metadata'] & {
      readonly managedFields?: unknown;
    };
    if (resource !== resources.PODS) return { ...object, metadata };
    const { podIP, containerStatuses } = recordOf(object['status']);
    const { apiVersion, kind } = object;
    return { apiVersion, kind, metadata, status: { podIP, containerStatuses } };
  };
}
