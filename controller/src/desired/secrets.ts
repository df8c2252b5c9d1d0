/**
 * The Secrets of a cluster. What is in them is generated once and kept: builders take it as an argument. Those that the data depends
 * on outlive the MysqlCluster where its volumes do.
 */
import {
  credentialsSecretName,
  internalSecretName,
  primaryServiceName,
  replicasServiceName,
  tlsSecretName,
} from '@radondb/api';
import { SECRETS } from '../runtime/resources.ts';
import { objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';

/** On the MysqlCluster: ask for a new password of the application's account by another value. On the Secret: the value it was made for. */
export const ROTATE_ANNOTATION = 'radondb.com/rotate-credentials';

export type SecretOwner = Pick<ClusterModel, 'name' | 'namespace' | 'uid' | 'storage'>;

/** Passwords of the agent's own and of the replication account. Nobody else needs them. */
export function internalSecret(
  model: SecretOwner,
  passwords: { readonly agent: string; readonly replication: string },
): DesiredObject {
  return secret(model, internalSecretName(model.name), passwords);
}

/** What a person or a program needs to log in. */
export function credentialsSecret(
  model: SecretOwner,
  credentials: {
    readonly username: string;
    readonly password: string;
    readonly database: string;
    readonly rotation: string;
  },
): DesiredObject {
  const { rotation, ...account } = credentials;
  const at = (service: string) => `${service}.${model.namespace}.svc`;
  const annotations = rotation === '' ? {} : { [ROTATE_ANNOTATION]: rotation };
  return secret(
    model,
    credentialsSecretName(model.name),
    {
      ...account,
      host: at(primaryServiceName(model.name)),
      'replicas-host': at(replicasServiceName(model.name)),
      port: '3306',
    },
    annotations,
  );
}

/** Name of the Secret with the cluster's CA. No pod mounts it. */
export function authoritySecretName(name: string): string {
  return `${name}-ca`;
}

/** Keys of the CA, and the certificate with which the controller talks to the agents. */
export function authoritySecret(
  model: SecretOwner,
  data: Readonly<Record<string, string>>,
): DesiredObject {
  return secret(model, authoritySecretName(model.name), data);
}

/** `ca.crt`, and `NAME.crt` and `NAME.key` of each member. All members mount it: they trust each other with everything. */
export function tlsSecret(
  model: SecretOwner,
  data: Readonly<Record<string, string>>,
): DesiredObject {
  return secret(model, tlsSecretName(model.name), data);
}

function secret(
  model: SecretOwner,
  name: string,
  texts: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): DesiredObject {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  return objectOf({
    resource: SECRETS,
    model,
    name,
    annotations,
    outlives: model.storage.reclaimPolicy === 'Retain',
    fields: { type: 'Opaque', data },
  });
}
