/** The caches that reconcilers read from: one reflector a kind, children by their label. */
import { CLUSTER_LABEL } from '@radondb/api';
import type { Logger } from 'pino';
import { DATABASE_INDICES, USER_INDICES } from './accounts/sources.ts';
import { recordOf } from './reconcilers/mysql-cluster/observation.ts';
import type { ReadObject } from './reconcilers/mysql-cluster/observe.ts';
import { changedBeyondStatus, type KeySource, keysFrom } from './runtime/keys-from.ts';
import { type KubeObject, keyOf, type Resource } from './runtime/kube-object.ts';
import type { KubeReader } from './runtime/ports.ts';
import {
  Reflector,
  type ReflectorObserver,
  type ReflectorOptions,
} from './runtime/reflector/reflector.ts';
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
  /** What concerns MysqlUsers and MysqlDatabases. */
  readonly declared: {
    readonly clusters: Reflector<KubeObject>;
    /** With USER_INDICES. */
    readonly users: Reflector<KubeObject>;
    /** With DATABASE_INDICES. */
    readonly databases: Reflector<KubeObject>;
    readonly namespaces: Reflector<KubeObject>;
    /** Every Secret, without what is in it: passwords are where people put them, and none stays in memory. */
    readonly secrets: Reflector<KubeObject>;
  };
  /** From the caches; Secrets only the controller's own. */
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
  const follow = (
    resource: Resource,
    more: Partial<ReflectorOptions<KubeObject>> = {},
  ): Reflector<KubeObject> =>
    new Reflector<KubeObject>({
      ...{ client, resource, logger, project: projectionOf(resource) },
      ...(observer === undefined ? {} : { observer }),
      ...more,
    });
  const clusters = follow(resources.MYSQL_CLUSTERS);
  const children = CHILDREN.map((resource) => ({
    resource,
    reflector: follow(resource, { selection: { labelSelector: OURS } }),
  }));
  const users = follow(resources.MYSQL_USERS, { indexes: USER_INDICES });
  const databases = follow(resources.MYSQL_DATABASES, { indexes: DATABASE_INDICES });
  const namespaces = follow(resources.NAMESPACES);
  const secrets = follow(resources.SECRETS, { project: onlyVersion });
  const made = [
    { resource: resources.MYSQL_CLUSTERS, reflector: clusters },
    ...children,
    { resource: resources.MYSQL_USERS, reflector: users },
    { resource: resources.MYSQL_DATABASES, reflector: databases },
    { resource: resources.NAMESPACES, reflector: namespaces },
  ];
  const byKind = new Map(made.map(({ resource, reflector }) => [resource.kind, reflector]));
  const all = [...made.map(({ reflector }) => reflector), secrets];
  return {
    // Secrets are there already: a metric has one series a resource.
    reflectors: made.map(({ reflector }) => reflector),
    keys: [
      keysFrom({
        source: clusters,
        keysOf: (object) => [keyOf(object.metadata)],
        isRelevant: changedBeyondStatus,
      }),
      ...children.map(({ reflector }) => keysFrom({ source: reflector, keysOf: clusterKeys })),
    ],
    declared: { clusters, users, databases, namespaces, secrets },
    read: (resource, name) => byKind.get(resource.kind)?.store.get(keyOf(name)),
    get hasSynced() {
      return all.every((reflector) => reflector.hasSynced);
    },
    run: async (signal) => {
      await Promise.all(all.map((reflector) => reflector.run(signal)));
    },
  };
}

/** Enough to see that it has changed. */
function onlyVersion({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    ...{ apiVersion, kind },
    metadata: { name, uid, resourceVersion, ...(namespace === undefined ? {} : { namespace }) },
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
