/** Looks at one cluster: its objects from the caches, its members by asking them. */
import {
  anyServiceName,
  configMapName,
  credentialsSecretName,
  internalSecretName,
  type MemberReport,
  memberName,
  membersServiceName,
  primaryServiceName,
  replicasServiceName,
  statefulSetName,
  tlsSecretName,
} from '@radondb/api';
import type { OperatorSettings } from '../../desired/model-of.ts';
import { authoritySecretName } from '../../desired/secrets.ts';
import { claimName } from '../../desired/volume-claim.ts';
import type { MemberClient, MemberTarget, OperatorIdentity } from '../../members/member-client.ts';
import type { KubeObject, ObjectName, Resource } from '../../runtime/kube-object.ts';
import * as resources from '../../runtime/resources.ts';
import { type Observation, objectKey, recordOf, secretTexts } from './observation.ts';

/** A stopped agent (SIGSTOP) takes the connection and never answers. Milliseconds. */
const ANSWER_WITHIN_MS = 1_500;
/** As many as a spec can ask for. */
const MOST_MEMBERS = 7;

/** What is known of an object; undefined: it does not exist. */
export type ReadObject = (resource: Resource, name: ObjectName) => KubeObject | undefined;

export interface ObserveDeps {
  readonly read: ReadObject;
  readonly members: Pick<MemberClient, 'status'>;
  readonly operator: OperatorSettings;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** @throws the signal's reason */
export async function observe(
  deps: ObserveDeps,
  cluster: KubeObject,
  signal: AbortSignal,
): Promise<Observation> {
  const nowMs = deps.now();
  const objects = objectsOf(deps.read, cluster);
  const seen: Observation = {
    ...{ nowMs, now: new Date(nowMs).toISOString(), cluster, objects },
    ...{ reports: new Map(), operator: deps.operator },
  };
  const reports = await Promise.all(
    membersOf(cluster)
      .filter((name) => objects.has(objectKey('Pod', name)))
      .map(async (name): Promise<[string, MemberReport | null]> => {
        const target = targetOf(seen, name);
        if (target === null) return [name, null];
        const options = { signal, timeoutMs: ANSWER_WITHIN_MS };
        return [name, await deps.members.status(target, options).catch(() => null)];
      }),
  );
  signal.throwIfAborted();
  return { ...seen, reports: new Map(reports) };
}

/** How a member is reached; null: its pod has no address, or the certificates are not there. */
export function targetOf(
  observation: Pick<Observation, 'cluster' | 'objects'>,
  member: string,
): MemberTarget | null {
  const { metadata } = observation.cluster;
  const pod = observation.objects.get(objectKey('Pod', member));
  const host = recordOf(pod?.['status'])['podIP'];
  const identity = identityOf(observation);
  if (typeof host !== 'string' || host === '' || identity === null) return null;
  return { member, host, identity, cluster: `${metadata.namespace}/${metadata.name}` };
}

function identityOf(
  observation: Pick<Observation, 'cluster' | 'objects'>,
): OperatorIdentity | null {
  const { name } = observation.cluster.metadata;
  const authority = secretTexts(observation, authoritySecretName(name));
  const ca = secretTexts(observation, tlsSecretName(name))?.['ca.crt'];
  const certificate = authority?.['operator.crt'];
  const key = authority?.['operator.key'];
  if (ca === undefined || certificate === undefined || key === undefined) return null;
  return { ca, certificate, key };
}

function membersOf({ metadata }: KubeObject): readonly string[] {
  return Array.from({ length: MOST_MEMBERS }, (_, ordinal) => memberName(metadata.name, ordinal));
}

/** Everything by its name, which follows from the cluster's. */
function objectsOf(read: ReadObject, cluster: KubeObject): ReadonlyMap<string, KubeObject> {
  const { name } = cluster.metadata;
  const set = statefulSetName(name);
  const members = membersOf(cluster);
  const named: readonly (readonly [Resource, readonly string[]])[] = [
    [resources.SERVICE_ACCOUNTS, [set]],
    [resources.ROLES, [set]],
    [resources.ROLE_BINDINGS, [set]],
    [resources.POD_DISRUPTION_BUDGETS, [set]],
    [resources.NETWORK_POLICIES, [set]],
    [resources.STATEFUL_SETS, [set]],
    [resources.CONFIG_MAPS, [configMapName(name)]],
    [
      resources.SERVICES,
      [membersServiceName, primaryServiceName, replicasServiceName, anyServiceName].map((of) =>
        of(name),
      ),
    ],
    [
      resources.SECRETS,
      [internalSecretName, credentialsSecretName, tlsSecretName, authoritySecretName].map((of) =>
        of(name),
      ),
    ],
    [resources.PODS, members],
    [resources.PERSISTENT_VOLUME_CLAIMS, members.map(claimName)],
  ];
  const found = new Map<string, KubeObject>();
  const namespace = cluster.metadata.namespace ?? 'default';
  for (const [resource, names] of named) {
    for (const each of names) {
      const object = read(resource, { namespace, name: each });
      if (object !== undefined) found.set(objectKey(resource.kind, each), object);
    }
  }
  return found;
}
