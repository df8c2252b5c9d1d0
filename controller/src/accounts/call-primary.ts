/** Brings a request to the member that takes writes, wherever it is by now. */
import {
  type AccountsAnswer,
  type AccountsRequest,
  memberNames,
  ProtocolError,
  tlsSecretName,
} from '@radondb/api';
import { authoritySecretName } from '../desired/secrets.ts';
import { type MemberClient, MemberError, type MemberTarget } from '../members/member-client.ts';
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
  // The first reason is the best one: that of the member that should be primary.
  let why: string | null = null;
  while (waiting.length > 0 && asked.size < MOST_TRIES) {
    const member = waiting.shift() ?? '';
    const target = asked.has(member) ? null : targetOf(seen, member);
    if (target === null) continue;
    asked.add(member);
    const reply = await ask(deps, target, request, signal);
    if (reply.kind === 'answer') return reply;
    if (reply.kind === 'elsewhere') waiting.unshift(reply.member);
    else why ??= reply.why;
    if (reply.kind === 'failed') break;
  }
  const { namespace, name } = cluster.metadata;
  return { kind: 'unreachable', why: why ?? `No member of ${namespace}/${name} takes writes now` };
}

type Reply =
  | { readonly kind: 'answer'; readonly answer: AccountsAnswer }
  | { readonly kind: 'elsewhere'; readonly member: string }
  | { readonly kind: 'silent'; readonly why: string }
  /** Its own word that it could not do it now: nobody else could. */
  | { readonly kind: 'failed'; readonly why: string };

async function ask(
  { members }: CallPrimaryDeps,
  target: MemberTarget,
  request: AccountsRequest,
  signal: AbortSignal,
): Promise<Reply> {
  try {
    const options = { signal, timeoutMs: REQUEST_MS + GRACE_MS };
    return { kind: 'answer', answer: await members.accounts(target, request, options) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProtocolError) return { kind: 'failed', why: error.message };
    if (!(error instanceof MemberError)) throw error;
    const { code, message, details } = error;
    const [member] = details;
    if (code === 'NOT_PRIMARY' && member !== undefined) return { kind: 'elsewhere', member };
    const isSilent = code === 'NOT_PRIMARY' || code === 'UNREACHABLE';
    return { kind: isSilent ? 'silent' : 'failed', why: message };
  }
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
