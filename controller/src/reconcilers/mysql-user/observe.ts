/** What a plan for a MysqlUser is made from. */

import type { CompleteMysqlUser } from '@radondb/api';
import {
  applyUserDefaults,
  type FieldProblem,
  type MysqlUser,
  validateMysqlUser,
} from '@radondb/api';
import { type ObservedCluster, observeCluster } from '../../accounts/observe-cluster.ts';
import { isNotFound } from '../../runtime/kube/api-error.ts';
import type { KubeObject } from '../../runtime/kube-object.ts';
import type { KubeReader } from '../../runtime/ports.ts';
import { SECRETS } from '../../runtime/resources.ts';
import { recordOf } from '../mysql-cluster/observation.ts';
import type { ReadObject } from '../mysql-cluster/observe.ts';

export type ObservedPassword =
  | { readonly kind: 'found'; readonly password: string; readonly version: string }
  | { readonly kind: 'no-secret' }
  | { readonly kind: 'no-key'; readonly keys: readonly string[] }
  /** Bytes that are no UTF-8. */
  | { readonly kind: 'not-text' };

export interface UserObservation {
  readonly nowMs: number;
  /** As it is stored: it may have got past a webhook that was away. */
  readonly object: KubeObject;
  /** Null: the stored spec cannot be read. */
  readonly user: CompleteMysqlUser | null;
  readonly problems: readonly FieldProblem[];
  /** Null: the spec does not say which. */
  readonly cluster: ObservedCluster | null;
  readonly password: ObservedPassword;
  /** Other MysqlUsers of that cluster and user name. */
  readonly rivals: readonly KubeObject[];
}

export interface ObserveUserDeps {
  readonly read: ReadObject;
  readonly client: KubeReader;
  /** All MysqlUsers that name this account (userIndexKey), from the cache. */
  readonly usersOf: (account: string) => readonly KubeObject[];
  readonly now: () => number;
}

/** @throws what the client throws, or the signal's reason */
export async function observeUser(
  deps: ObserveUserDeps,
  object: KubeObject,
  signal: AbortSignal,
): Promise<UserObservation> {
  const { value, problems } = validateMysqlUser(object);
  const user = value === null ? null : applyUserDefaults(value);
  const { namespace = 'default', deletionTimestamp } = object.metadata;
  const clusterName = clusterOf(object);
  const account = accountKey(object);
  return {
    nowMs: deps.now(),
    ...{ object, user, problems },
    cluster:
      clusterName === null
        ? null
        : await observeCluster(deps, clusterName, namespace, {
            signal,
            mustBeSure: deletionTimestamp !== undefined,
          }),
    password:
      user === null || deletionTimestamp !== undefined
        ? { kind: 'no-secret' }
        : await observePassword(deps.client, namespace, user, signal),
    rivals:
      account === null
        ? []
        : deps.usersOf(account).filter((other) => other.metadata.uid !== object.metadata.uid),
  };
}

/** Also of a spec that is not valid: its deletion must find the cluster all the same. */
export function clusterOf(object: KubeObject): { namespace: string; name: string } | null {
  const { name, namespace } = recordOf(recordOf(object['spec'])['clusterRef']);
  if (typeof name !== 'string' || name === '') return null;
  const own = object.metadata.namespace ?? 'default';
  return { name, namespace: typeof namespace === 'string' && namespace !== '' ? namespace : own };
}

/** For an index over MysqlUsers: which cluster's which user it declares; null: neither can be read. */
export function accountKey(object: KubeObject): string | null {
  const cluster = clusterOf(object);
  if (cluster === null) return null;
  const { user } = recordOf(object['spec']) as Partial<MysqlUser['spec']>;
  return `${cluster.namespace}/${cluster.name} ${user ?? object.metadata.name}`;
}

/** For an index over MysqlUsers: `namespace/name` of the Secret that its password is in. */
export function secretKey(object: KubeObject): string | null {
  const { name } = recordOf(recordOf(object['spec'])['passwordSecretRef']);
  return typeof name === 'string' ? `${object.metadata.namespace ?? 'default'}/${name}` : null;
}

/** From the API server, not from a cache: no password stays in memory. */
async function observePassword(
  client: KubeReader,
  namespace: string,
  { spec }: CompleteMysqlUser,
  signal: AbortSignal,
): Promise<ObservedPassword> {
  const { name, key } = spec.passwordSecretRef;
  const secret = await client.get(SECRETS, { namespace, name }, { signal }).catch(nullIfNotFound);
  if (secret === null) return { kind: 'no-secret' };
  const data = recordOf(secret['data']);
  const encoded = Object.hasOwn(data, key) ? data[key] : undefined;
  if (typeof encoded !== 'string') return { kind: 'no-key', keys: Object.keys(data).sort() };
  try {
    const password = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(encoded, 'base64'),
    );
    return { kind: 'found', password, version: secret.metadata.resourceVersion };
  } catch {
    return { kind: 'not-text' };
  }
}

function nullIfNotFound(error: unknown): null {
  if (isNotFound(error)) return null;
  throw error;
}
