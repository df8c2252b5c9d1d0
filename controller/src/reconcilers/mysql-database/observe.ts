/** What a plan for a MysqlDatabase is made from. */
import {
  applyDatabaseDefaults,
  type CompleteMysqlDatabase,
  type FieldProblem,
  validateMysqlDatabase,
} from '@radondb/api';
import { type ObservedCluster, observeCluster } from '../../accounts/observe-cluster.ts';
import type { KubeObject } from '../../runtime/kube-object.ts';
import type { KubeReader } from '../../runtime/ports.ts';
import { recordOf } from '../mysql-cluster/observation.ts';
import type { ReadObject } from '../mysql-cluster/observe.ts';
import { clusterOf } from '../mysql-user/observe.ts';

export interface DatabaseObservation {
  readonly nowMs: number;
  /** As it is stored: it may have got past a webhook that was away. */
  readonly object: KubeObject;
  /** Null: the stored spec cannot be read. */
  readonly database: CompleteMysqlDatabase | null;
  readonly problems: readonly FieldProblem[];
  /** Null: the spec does not say which. */
  readonly cluster: ObservedCluster | null;
  /** Other MysqlDatabases of that cluster and schema. */
  readonly rivals: readonly KubeObject[];
}

export interface ObserveDatabaseDeps {
  readonly read: ReadObject;
  readonly client: KubeReader;
  /** All MysqlDatabases that name this schema (schemaKey), from the cache. */
  readonly databasesOf: (schema: string) => readonly KubeObject[];
  readonly now: () => number;
}

/** @throws what the client throws, or the signal's reason */
export async function observeDatabase(
  deps: ObserveDatabaseDeps,
  object: KubeObject,
  signal: AbortSignal,
): Promise<DatabaseObservation> {
  const { value, problems } = validateMysqlDatabase(object);
  const { namespace = 'default', deletionTimestamp, uid } = object.metadata;
  const clusterName = clusterOf(object);
  const schema = schemaKey(object);
  const mustBeSure = deletionTimestamp !== undefined;
  return {
    nowMs: deps.now(),
    object,
    database: value === null ? null : applyDatabaseDefaults(value),
    problems,
    cluster:
      clusterName === null
        ? null
        : await observeCluster(deps, clusterName, namespace, { signal, mustBeSure }),
    rivals: schema === null ? [] : deps.databasesOf(schema).filter((it) => it.metadata.uid !== uid),
  };
}

/** For an index over MysqlDatabases: which cluster's which schema it declares; null: neither can be read. */
export function schemaKey(object: KubeObject): string | null {
  const cluster = clusterOf(object);
  if (cluster === null) return null;
  const { name } = recordOf(object['spec']);
  return `${cluster.namespace}/${cluster.name} ${String(name ?? object.metadata.name)}`;
}
