/** What is generated: passwords and certificates. They are made once and kept. Pure: how they are made is the shell's. */
import { createHmac } from 'node:crypto';
import {
  type CompleteMysqlCluster,
  credentialsSecretName,
  internalSecretName,
  tlsSecretName,
} from '@radondb/api';
import { certificatesDigest, planCertificates } from '../../certificates/certificates.ts';
import { isNothing } from '../../certificates/decide.ts';
import { contentDigest } from '../../content-digest.ts';
import { ownerReference } from '../../desired/metadata.ts';
import type { ClusterModel } from '../../desired/model.ts';
import { authoritySecretName, ROTATE_ANNOTATION, type SecretOwner } from '../../desired/secrets.ts';
import { type Action, EVENT_REASONS } from './actions.ts';
import { type Observation, objectKey, secretTexts } from './observation.ts';

export interface SecretsPlan {
  readonly actions: readonly Action[];
  /** Digests of what pods read once; null while a Secret is missing: pods could not start. */
  readonly digests: ClusterModel['secrets'] | null;
}

export function planSecrets(
  observation: Observation,
  cluster: CompleteMysqlCluster,
  pods: {
    readonly members: readonly string[];
    readonly isSettled: (digests: ClusterModel['secrets']) => boolean;
  },
): SecretsPlan {
  const { name } = cluster.metadata;
  const owner: SecretOwner = {
    name,
    namespace: cluster.metadata.namespace ?? 'default',
    uid: cluster.metadata.uid ?? '',
    storage: { size: '', className: null, reclaimPolicy: cluster.spec.storage.reclaimPolicy },
  };
  const internal = secretTexts(observation, internalSecretName(name));
  const credentials = secretTexts(observation, credentialsSecretName(name));
  const actions: Action[] = [];
  const rotation = cluster.metadata.annotations?.[ROTATE_ANNOTATION] ?? '';
  if (internal === null) actions.push({ do: 'generate-internal', owner });
  if (credentials === null) actions.push({ do: 'generate-credentials', owner, rotation });
  else if (rotation !== '' && rotation !== rotationOf(observation, name)) {
    actions.push({ do: 'rotate-credentials', owner, rotation });
  }
  const members = secretTexts(observation, tlsSecretName(name));
  const authority = secretTexts(observation, authoritySecretName(name));
  const digests = digestsOf(internal, credentials, members);
  const isSettled = (): boolean => digests !== null && pods.isSettled(digests);
  const decision = planCertificates(
    { name, namespace: owner.namespace, members: pods.members },
    { authority: authority ?? {}, members: members ?? {} },
    { ms: observation.nowMs, isSettled },
  );
  if (!isNothing(decision)) {
    actions.push({ do: 'renew-certificates', owner, members: pods.members, decision });
  }
  return {
    actions: [...actions, ...told(actions), ...ownership(observation, owner)],
    digests: actions.length > 0 ? null : digests,
  };
}

/** Secrets that the data depends on stay as long as its volumes do. */
function ownership({ objects }: Observation, owner: SecretOwner): readonly Action[] {
  const { name, uid, storage } = owner;
  const owners = storage.reclaimPolicy === 'Delete' ? [ownerReference(owner)] : [];
  const secrets = [internalSecretName, credentialsSecretName, tlsSecretName, authoritySecretName];
  return secrets
    .map((nameOf) => objects.get(objectKey('Secret', nameOf(name))))
    .filter((secret) => secret !== undefined)
    .filter(({ metadata }) => {
      const isOwned = metadata.ownerReferences?.some((it) => it.uid === uid) === true;
      return isOwned !== owners.length > 0;
    })
    .map(({ metadata }) => ({ do: 'own-secret', name: metadata.name, uid: metadata.uid, owners }));
}

function digestsOf(
  internal: Readonly<Record<string, string>> | null,
  credentials: Readonly<Record<string, string>> | null,
  members: Readonly<Record<string, string>> | null,
): ClusterModel['secrets'] | null {
  if (internal === null || credentials === null || members === null) return null;
  // Keyed: a password that a person chose must not be guessed from a digest that stands on the pods.
  const { username, password, database } = credentials;
  const keyed = createHmac('sha256', internal['agent'] ?? '')
    .update(JSON.stringify([username, password, database]))
    .digest('hex');
  return { tls: certificatesDigest(members), credentials: contentDigest(keyed) };
}

function rotationOf({ objects }: Observation, name: string): string {
  const secret = objects.get(objectKey('Secret', credentialsSecretName(name)));
  return secret?.metadata.annotations?.[ROTATE_ANNOTATION] ?? '';
}

/** Events without anything secret in them. */
function told(actions: readonly Action[]): readonly Action[] {
  const event = (reason: keyof typeof EVENT_REASONS, action: string, note: string): Action => ({
    do: 'event',
    event: { type: 'Normal', reason: EVENT_REASONS[reason], action, note },
  });
  return actions.flatMap((action): readonly Action[] => {
    if (action.do === 'generate-credentials') {
      const secret = credentialsSecretName(action.owner.name);
      return [event('credentialsGenerated', 'Generate', `Log in with what is in Secret ${secret}`)];
    }
    if (action.do === 'rotate-credentials') {
      const note = 'The new password holds when the members were restarted in turn';
      return [event('credentialsRotated', 'Rotate', note)];
    }
    if (action.do === 'renew-certificates') {
      const { authority, leaves } = action.decision;
      const note = `${leaves.length} certificates issued; authority: ${authority}`;
      return [event('certificatesRenewed', 'Renew', note)];
    }
    return [];
  });
}
