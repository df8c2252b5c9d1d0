import type { Grant, MysqlUser, MysqlUserSpec } from '../v1/mysql-user.ts';

/** An account's spec in which nothing is absent. */
export interface CompleteMysqlUserSpec {
  readonly clusterRef: { readonly name: string; readonly namespace: string };
  readonly user: string;
  readonly hosts: readonly string[];
  readonly grants: readonly Grant[];
  readonly tls: {
    readonly require: 'none' | 'ssl' | 'x509';
    /** Only with x509. Undefined: any. */
    readonly issuer?: string | undefined;
    readonly subject?: string | undefined;
  };
  readonly limits: Required<NonNullable<MysqlUserSpec['limits']>>;
  readonly passwordSecretRef: { readonly name: string; readonly key: string };
  /** A duration. */
  readonly keepOldPassword: string;
  readonly reclaimPolicy: 'Retain' | 'Delete';
}

export interface CompleteMysqlUser extends Omit<MysqlUser, 'spec'> {
  readonly spec: CompleteMysqlUserSpec;
}

const NO_LIMITS = {
  maxQueriesPerHour: 0,
  maxUpdatesPerHour: 0,
  maxConnectionsPerHour: 0,
  maxUserConnections: 0,
};

/** Fills in what is absent and changes nothing that is given: applied twice it gives the same. */
export function applyUserDefaults(user: MysqlUser): CompleteMysqlUser {
  const { metadata, spec } = user;
  const namesCertificate = spec.tls?.issuer !== undefined || spec.tls?.subject !== undefined;
  return {
    ...user,
    spec: {
      clusterRef: { namespace: metadata.namespace ?? 'default', ...spec.clusterRef },
      user: spec.user ?? metadata.name,
      hosts: spec.hosts ?? ['%'],
      grants: spec.grants ?? [],
      tls: { require: namesCertificate ? 'x509' : 'none', ...spec.tls },
      limits: { ...NO_LIMITS, ...spec.limits },
      passwordSecretRef: { key: 'password', ...spec.passwordSecretRef },
      keepOldPassword: spec.keepOldPassword ?? '1h',
      reclaimPolicy: spec.reclaimPolicy ?? 'Delete',
    },
  };
}
