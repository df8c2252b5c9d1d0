/** The cluster that an object names, as far as it concerns accounts. */
import type { AccountNamespaces } from '@radondb/api/v1/accounts';
import { recordOf } from '../reconcilers/mysql-cluster/observation.ts';
import type { ReadObject } from '../reconcilers/mysql-cluster/observe.ts';
import { isNotFound } from '../runtime/kube/api-error.ts';
import type { KubeObject, ObjectName } from '../runtime/kube-object.ts';
import type { KubeReader } from '../runtime/ports.ts';
import { MYSQL_CLUSTERS, NAMESPACES } from '../runtime/resources.ts';
import { isNamespaceAllowed } from './access.ts';

export interface ObservedCluster {
  readonly name: Required<ObjectName>;
  /** Null: it does not exist. */
  readonly object: KubeObject | null;
  readonly isBeingDeleted: boolean;
  readonly isPaused: boolean;
  /** Whether it lets the asking namespace name it. */
  readonly allows: boolean;
}

export interface ObserveClusterDeps {
  /** From the caches. */
  readonly read: ReadObject;
  /** From the API server itself. */
  readonly client: KubeReader;
}

/** @throws what the client throws, except that it does not exist */
export async function observeCluster(
  deps: ObserveClusterDeps,
  name: Required<ObjectName>,
  askingNamespace: string,
  options: { readonly signal: AbortSignal; readonly mustBeSure: boolean },
): Promise<ObservedCluster> {
  // What is not in the cache yet is not gone: an object is let go only because of what the API server itself says.
  const object =
    deps.read(MYSQL_CLUSTERS, name) ??
    (options.mustBeSure ? await getCluster(deps.client, name, options.signal) : null);
  const spec = recordOf(object?.['spec']);
  const allowed = recordOf(spec['accounts'])['namespaces'] as AccountNamespaces | undefined;
  const namespace = deps.read(NAMESPACES, { name: askingNamespace });
  return {
    ...{ name, object },
    isBeingDeleted: object?.metadata.deletionTimestamp !== undefined,
    isPaused: spec['paused'] === true,
    allows: isNamespaceAllowed(allowed, name, {
      namespace: askingNamespace,
      labels: namespace === undefined ? undefined : (namespace.metadata.labels ?? {}),
    }),
  };
}

async function getCluster(
  client: KubeReader,
  name: ObjectName,
  signal: AbortSignal,
): Promise<KubeObject | null> {
  try {
    return await client.get(MYSQL_CLUSTERS, name, { signal });
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
