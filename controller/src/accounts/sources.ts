/**
 * Which events concern which MysqlUsers and MysqlDatabases. The caches behind them need the indices named here. Clusters matter to
 * these objects by little: whether they are there, whom they allow, and who is primary.
 */
import { isDeepStrictEqual } from 'node:util';
import { recordOf } from '../reconcilers/mysql-cluster/observation.ts';
import { schemaKey } from '../reconcilers/mysql-database/observe.ts';
import { accountKey, clusterOf, secretKey } from '../reconcilers/mysql-user/observe.ts';
import { changedBeyondStatus, type KeySource, keysFrom } from '../runtime/keys-from.ts';
import { type KubeObject, keyOf } from '../runtime/kube-object.ts';
import type { Source, Store } from '../runtime/ports.ts';

/** Names of the indices that DECLARED_INDICES makes. */
const BY_CLUSTER = 'cluster';
const BY_SECRET = 'secret';
const BY_ACCOUNT = 'account';
const BY_SCHEMA = 'schema';

/** Index functions: the values under which an object is found. */
export const USER_INDICES: Readonly<Record<string, (object: KubeObject) => readonly string[]>> = {
  [BY_CLUSTER]: clusterKeys,
  [BY_SECRET]: (object) => listOf(secretKey(object)),
  [BY_ACCOUNT]: (object) => listOf(accountKey(object)),
};

export const DATABASE_INDICES: Readonly<Record<string, (object: KubeObject) => readonly string[]>> =
  {
    [BY_CLUSTER]: clusterKeys,
    [BY_SCHEMA]: (object) => listOf(schemaKey(object)),
  };

export interface DeclaredSources {
  /** MysqlUsers with USER_INDICES, or MysqlDatabases with DATABASE_INDICES. */
  readonly objects: Source<KubeObject>;
  readonly clusters: Source<KubeObject>;
  readonly namespaces: Source<KubeObject>;
}

/** Secrets trigger by an index: a password that changes is in force at once. */
export function mysqlUserSources(
  sources: DeclaredSources & { readonly secrets: Source<KubeObject> },
): readonly KeySource[] {
  const { objects, secrets } = sources;
  return [
    ...declaredSources(sources, accountKey, BY_ACCOUNT),
    keysFrom({
      source: secrets,
      keysOf: (secret) => keysBy(objects.store, BY_SECRET, keyOf(secret.metadata)),
      isRelevant: (now, old) => now.metadata.resourceVersion !== old.metadata.resourceVersion,
    }),
  ];
}

export function mysqlDatabaseSources(sources: DeclaredSources): readonly KeySource[] {
  return declaredSources(sources, schemaKey, BY_SCHEMA);
}

/** For MysqlUserDeps.usersOf. */
export function usersOf(store: Store<KubeObject>): (account: string) => readonly KubeObject[] {
  return (account) => store.byIndex(BY_ACCOUNT, account);
}

/** For MysqlDatabaseDeps.databasesOf. */
export function databasesOf(store: Store<KubeObject>): (schema: string) => readonly KubeObject[] {
  return (schema) => store.byIndex(BY_SCHEMA, schema);
}

function declaredSources(
  { objects, clusters, namespaces }: DeclaredSources,
  rivalKey: (object: KubeObject) => string | null,
  rivalIndex: string,
): readonly KeySource[] {
  const { store } = objects;
  return [
    keysFrom({
      source: objects,
      // One that is deleted may have stood in the way of another.
      keysOf: (object) => [
        keyOf(object.metadata),
        ...listOf(rivalKey(object)).flatMap((key) => keysBy(store, rivalIndex, key)),
      ],
      isRelevant: changedBeyondStatus,
    }),
    keysFrom({
      source: clusters,
      keysOf: (cluster) => keysBy(store, BY_CLUSTER, keyOf(cluster.metadata)),
      isRelevant: (now, old) => !isDeepStrictEqual(whatMatters(now), whatMatters(old)),
    }),
    keysFrom({
      source: namespaces,
      keysOf: ({ metadata }) =>
        [...store.values()]
          .filter((object) => object.metadata.namespace === metadata.name)
          .map((object) => keyOf(object.metadata)),
      isRelevant: (now, old) => !isDeepStrictEqual(now.metadata.labels, old.metadata.labels),
    }),
  ];
}

function whatMatters({ metadata, spec, status }: KubeObject): unknown {
  const { accounts, paused } = recordOf(spec);
  return {
    deleted: metadata.deletionTimestamp,
    accounts,
    paused,
    primary: recordOf(status)['primary'],
  };
}

function clusterKeys(object: KubeObject): readonly string[] {
  const cluster = clusterOf(object);
  return cluster === null ? [] : [keyOf(cluster)];
}

function keysBy(store: Store<KubeObject>, index: string, value: string): readonly string[] {
  return store.byIndex(index, value).map((object) => keyOf(object.metadata));
}

function listOf(value: string | null): readonly string[] {
  return value === null ? [] : [value];
}
