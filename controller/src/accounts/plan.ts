/** What MysqlUser and MysqlDatabase have in common: when they wait, when they are in force, how they go. Pure. */
import type { AccountOwner, AccountsRequest, FieldProblem } from '@radondb/api';
import { type KubeObject, keyOf } from '../runtime/kube-object.ts';
import type { ObservedCluster } from './observe-cluster.ts';
import { ACCOUNT_REASONS as R } from './reasons.ts';
import type { Verdict } from './verdict.ts';

/** Keeps an object until what it stands for is dropped or let go. */
export const FINALIZER = 'radondb.com/accounts';
/** On an object that is being deleted: let it go at once, whatever is left in MySQL. */
export const ABANDON_ANNOTATION = 'radondb.com/abandon';
/** How long a deletion waits for a cluster that does not answer; then the object goes and what it declared stays behind. Milliseconds. */
export const ABANDON_AFTER_MS = 600_000;

export type DeclaredPlan =
  /** Ours is not in the way. */
  | { readonly do: 'nothing' }
  /** The finalizer goes; `leaves` says what stays behind in MySQL, null: nothing. */
  | { readonly do: 'let-go'; readonly leaves: string | null }
  | { readonly do: 'release'; readonly cluster: KubeObject; readonly request: AccountsRequest }
  /** Nothing is asked of MySQL. */
  | { readonly do: 'say'; readonly verdict: Verdict }
  | { readonly do: 'ensure'; readonly cluster: KubeObject; readonly request: AccountsRequest };

/** The object's deletion. */
export function planDeletion(
  object: KubeObject,
  cluster: ObservedCluster | null,
  release: AccountsRequest,
  nowMs: number,
): DeclaredPlan {
  const { finalizers = [], annotations = {}, deletionTimestamp } = object.metadata;
  if (!finalizers.includes(FINALIZER)) return { do: 'nothing' };
  // With the cluster goes everything in it: nothing is left to drop, and a namespace that is deleted must not wait.
  if (cluster === null || cluster.object === null || cluster.isBeingDeleted)
    return { do: 'let-go', leaves: null };
  if (annotations[ABANDON_ANNOTATION] === 'true')
    return { do: 'let-go', leaves: `annotation ${ABANDON_ANNOTATION} asks for it` };
  const sinceMs = nowMs - Date.parse(deletionTimestamp ?? '');
  if (sinceMs > ABANDON_AFTER_MS)
    return {
      do: 'let-go',
      leaves: `the cluster could not be asked for ${ABANDON_AFTER_MS / 60_000} minutes`,
    };
  return { do: 'release', cluster: cluster.object, request: release };
}

/** Null: nothing of the cluster is in the way. */
export function clusterVerdict(cluster: ObservedCluster, namespace: string): Verdict | null {
  const name = keyOf(cluster.name);
  const waiting = (reason: Verdict['reason'], message: string): Verdict => ({
    ...{ state: 'waiting', reason, message },
  });
  if (cluster.object === null)
    return waiting(
      R.clusterNotFound,
      `Waits for MysqlCluster ${name}: create it, or mend spec.clusterRef.`,
    );
  if (!cluster.allows)
    return {
      ...{ state: 'stalled', reason: R.namespaceNotAllowed },
      message: `MysqlCluster ${name} does not allow namespace ${namespace}: its spec.accounts.namespaces says which it allows.`,
    };
  if (cluster.isBeingDeleted)
    return waiting(
      R.clusterDeleting,
      `MysqlCluster ${name} is being deleted: delete this object, too.`,
    );
  if (cluster.isPaused)
    return {
      ...waiting(
        R.clusterPaused,
        `spec.paused of MysqlCluster ${name} is true: nothing is changed until it is false.`,
      ),
      keepsReady: true,
    };
  return null;
}

export function invalidSpec(problems: readonly FieldProblem[]): Verdict {
  const list = problems.map(({ field, message }) =>
    field === '' ? message : `${field}: ${message}`,
  );
  return { state: 'stalled', reason: R.invalidSpec, message: `${list.join('; ')}.` };
}

export function ownerOf(object: KubeObject): AccountOwner {
  return { name: keyOf(object.metadata), uid: object.metadata.uid };
}

/** Which of two objects that declare the same is in force: the older one, and of equals the first by name. */
export function isBefore(a: KubeObject, b: KubeObject): boolean {
  const order = (object: KubeObject) =>
    `${object.metadata.creationTimestamp ?? ''} ${keyOf(object.metadata)}`;
  return order(a) < order(b);
}
