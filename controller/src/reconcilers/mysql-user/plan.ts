/** From what was seen of a MysqlUser to what is asked of the primary. Pure. */
import {
  type CompleteMysqlUser,
  type EnsureAccountRequest,
  parseDurationMs,
  type ReleaseAccountRequest,
} from '@radondb/api';
import { REQUEST_MS } from '../../accounts/call-primary.ts';
import {
  clusterVerdict,
  type DeclaredPlan,
  invalidSpec,
  isBefore,
  ownerOf,
  planDeletion,
} from '../../accounts/plan.ts';
import { ACCOUNT_REASONS as R } from '../../accounts/reasons.ts';
import type { Verdict } from '../../accounts/verdict.ts';
import { type KubeObject, keyOf } from '../../runtime/kube-object.ts';
import { recordOf } from '../mysql-cluster/observation.ts';
import type { ObservedPassword, UserObservation } from './observe.ts';

export function planUser(observation: UserObservation): DeclaredPlan {
  const { object, user, cluster, password, nowMs } = observation;
  if (object.metadata.deletionTimestamp !== undefined)
    return planDeletion(object, cluster, releaseOf(object), nowMs);
  if (user === null || cluster === null)
    return { do: 'say', verdict: invalidSpec(observation.problems) };
  const obstacle =
    clusterVerdict(cluster, object.metadata.namespace ?? 'default') ??
    rivalVerdict(observation, user) ??
    passwordVerdict(password, object, user);
  if (obstacle !== null) return { do: 'say', verdict: obstacle };
  if (cluster.object === null || password.kind !== 'found') return { do: 'nothing' };
  return {
    do: 'ensure',
    cluster: cluster.object,
    request: ensureRequest(object, user, password.password),
  };
}

/** `'app'@'%'`, one a host. */
export function accountsOf({ spec }: CompleteMysqlUser): readonly string[] {
  return spec.hosts.map((host) => `'${spec.user}'@'${host.toLowerCase()}'`);
}

function ensureRequest(
  object: KubeObject,
  { spec }: CompleteMysqlUser,
  password: string,
): EnsureAccountRequest {
  const { limits, tls } = spec;
  return {
    kind: 'ensureAccount',
    owner: ownerOf(object),
    timeoutMs: REQUEST_MS,
    user: spec.user,
    hosts: spec.hosts,
    password,
    keepOldPasswordSeconds: Math.ceil(parseDurationMs(spec.keepOldPassword) / 1_000),
    tls: { require: tls.require, issuer: tls.issuer ?? null, subject: tls.subject ?? null },
    limits: {
      queriesPerHour: limits.maxQueriesPerHour,
      updatesPerHour: limits.maxUpdatesPerHour,
      connectionsPerHour: limits.maxConnectionsPerHour,
      userConnections: limits.maxUserConnections,
    },
    grants: spec.grants.map((grant) => ({
      privileges: grant.privileges,
      schema: grant.schema,
      table: grant.table ?? null,
      columns: grant.columns ?? [],
      grantOption: grant.withGrantOption ?? false,
    })),
  };
}

/** A stored policy that cannot be read keeps the account: what is dropped does not come back. */
function releaseOf(object: KubeObject): ReleaseAccountRequest {
  const { reclaimPolicy = 'Delete' } = recordOf(object['spec']);
  return {
    kind: 'releaseAccount',
    owner: ownerOf(object),
    timeoutMs: REQUEST_MS,
    policy: reclaimPolicy === 'Delete' ? 'drop' : 'retain',
  };
}

function rivalVerdict(
  { rivals, object }: UserObservation,
  { spec }: CompleteMysqlUser,
): Verdict | null {
  const hosts = new Set(spec.hosts.map((host) => host.toLowerCase()));
  const rival = rivals
    .filter((other) => hostsOf(other).some((host) => hosts.has(host)))
    .find((other) => isBefore(other, object));
  if (rival === undefined) return null;
  return {
    ...{ state: 'stalled', reason: R.declaredTwice },
    message: `MysqlUser ${keyOf(rival.metadata)} declares '${spec.user}' of the same hosts and is older: change spec.user or spec.hosts of one, or delete one.`,
  };
}

function hostsOf(object: KubeObject): readonly string[] {
  const { hosts } = recordOf(object['spec']);
  return Array.isArray(hosts) ? hosts.map((host) => String(host).toLowerCase()) : ['%'];
}

function passwordVerdict(
  password: ObservedPassword,
  { metadata }: KubeObject,
  { spec }: CompleteMysqlUser,
): Verdict | null {
  const { name, key } = spec.passwordSecretRef;
  const secret = `Secret ${metadata.namespace ?? 'default'}/${name}`;
  switch (password.kind) {
    case 'no-secret':
      return {
        ...{ state: 'waiting', reason: R.secretNotFound, keepsReady: true },
        message: `Waits for ${secret}, which holds the password: kubectl -n ${metadata.namespace ?? 'default'} create secret generic ${name} --from-literal=${key}=…`,
      };
    case 'no-key': {
      const keys =
        password.keys.length === 0 ? 'it is empty' : `it has ${password.keys.join(', ')}`;
      return {
        ...{ state: 'waiting', reason: R.secretKeyNotFound, keepsReady: true },
        message: `Waits for key ${key} in ${secret}; ${keys}. Add it, or mend spec.passwordSecretRef.key.`,
      };
    }
    case 'not-text':
      return {
        ...{ state: 'stalled', reason: R.passwordNotUsable, keepsReady: true },
        message: `Key ${key} of ${secret} is not UTF-8 text: put a password there.`,
      };
    case 'found':
      return null;
  }
}
