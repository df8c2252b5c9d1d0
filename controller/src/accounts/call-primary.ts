/** Brings a request to the member that takes writes, wherever it is by now. */
import {
  type AccountsAnswer,
  type AccountsRequest,
  memberNames,
  ProtocolError,
  tlsSecretName,
} from '@radondb/api';
import { authoritySecretName } from '../desired/secrets.ts';
import { type MemberClient, MemberError } from '../members/member-client.ts';
import { objectKey, recordOf } from '../reconcilers/mysql-cluster/observation.ts';
import { type ReadObject, targetOf } from '../reconcilers/mysql-cluster/observe.ts';
import type { KubeObject } from '../runtime/kube-object.ts';
import { PODS, SECRETS } from '../runtime/resources.ts';
import type { Outcome } from './outcome.ts';

/** For one request to one member, the agent's own deadline included. Milliseconds. */
export const REQUEST_MS = 15_000;
/** As many as a spec can ask for. */
const MOST_MEMBERS = 7;
const GRACE_MS = 2_000;
/** All of them together have to end within one reconcile, even when nobody answers. */
const MOST_TRIES = 3;

export interface CallPrimaryDeps {
  readonly read: ReadObject;
  readonly members: Pick<MemberClient, 'accounts'>;
}

/**
 * Asks the primary that the cluster's status names, then whom the others name. A request whose answer was lost is safe to send again.
 * @throws the signal's reason
 */
export async function callPrimary(
  deps: CallPrimaryDeps,
  cluster: KubeObject,
  request: AccountsRequest,
  signal: AbortSignal,
): Promise<Outcome> {
  const seen = { cluster, objects: objectsOf(deps.read, cluster) };
  const waiting = membersInOrder(cluster);
  const asked = new Set<string>();
  let why: string | null = null;
  while (waiting.length > 0 && asked.size < MOST_TRIES) {
    const member = waiting.shift() ?? '';
    const target = asked.has(member) ? null : targetOf(seen, member);
    if (target === null) continue;
    asked.add(member);
    try {
      const options = { signal, timeoutMs: REQUEST_MS + GRACE_MS };
      const answer: AccountsAnswer = await deps.members.accounts(target, request, options);
      return { kind: 'answer', answer };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MemberError || error instanceof ProtocolError)) throw error;
      const code = error instanceof MemberError ? error.code : null;
      const next = error instanceof MemberError && code === 'NOT_PRIMARY' ? error.details[0] : null;
      // The first reason is the best one: that of the member that should be primary.
      if (code !== 'NOT_PRIMARY' || typeof next !== 'string') why ??= error.message;
      // Its own word that it could not do it now: nobody else could.
      if (code !== 'NOT_PRIMARY' && code !== 'UNREACHABLE') break;
      if (typeof next === 'string') waiting.unshift(next);
    }
  }
  const { namespace, name } = cluster.metadata;
  return { kind: 'unreachable', why: why ?? `No member of ${namespace}/${name} takes writes now` };
}

/** The primary by the status first: it is nearly always right. */
function membersInOrder({ metadata, status }: KubeObject): string[] {
  const primary = recordOf(status)['primary'];
  const all = memberNames(metadata.name, MOST_MEMBERS);
  return typeof primary === 'string'
    ? [primary, ...all.filter((name) => name !== primary)]
    : [...all];
}

function objectsOf(read: ReadObject, { metadata }: KubeObject): ReadonlyMap<string, KubeObject> {
  const { name, namespace = 'default' } = metadata;
  const found = new Map<string, KubeObject>();
  const look = (resource: typeof PODS, names: readonly string[]): void => {
    for (const each of names) {
      const object = read(resource, { namespace, name: each });
      if (object !== undefined) found.set(objectKey(resource.kind, each), object);
    }
  };
  look(SECRETS, [tlsSecretName(name), authoritySecretName(name)]);
  look(PODS, memberNames(name, MOST_MEMBERS));
  return found;
}
