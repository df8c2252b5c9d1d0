/** Every name that is derived from a cluster's. */

/** A cluster, or only its name. */
export type ClusterRef = string | { readonly metadata: { readonly name: string } };

function nameOf(cluster: ClusterRef): string {
  return typeof cluster === 'string' ? cluster : cluster.metadata.name;
}

/** Member and pod: `demo-0`. `ordinal` starts at 0. */
export function memberName(cluster: ClusterRef, ordinal: number): string {
  return `${nameOf(cluster)}-${ordinal}`;
}

/** The members that a cluster of that many replicas has, in order. */
export function memberNames(cluster: ClusterRef, replicas: number): readonly string[] {
  return Array.from({ length: replicas }, (_, ordinal) => memberName(cluster, ordinal));
}

/** The ordinal in a member's name; undefined when it is not a member of that cluster. */
export function memberOrdinal(cluster: ClusterRef, member: string): number | undefined {
  const prefix = `${nameOf(cluster)}-`;
  const digits = member.startsWith(prefix) ? member.slice(prefix.length) : '';
  return /^(0|[1-9]\d{0,5})$/.test(digits) ? Number(digits) : undefined;
}

/** StatefulSet of the members. */
export function statefulSetName(cluster: ClusterRef): string {
  return nameOf(cluster);
}

/** Service whose endpoints are the primary. */
export function primaryServiceName(cluster: ClusterRef): string {
  return `${nameOf(cluster)}-primary`;
}

/** Service whose endpoints are the replicas that are fit to read from. */
export function replicasServiceName(cluster: ClusterRef): string {
  return `${nameOf(cluster)}-replicas`;
}

/** Service of all members' proxies. */
export function anyServiceName(cluster: ClusterRef): string {
  return `${nameOf(cluster)}-any`;
}

/** Headless service that gives members their DNS names. */
export function membersServiceName(cluster: ClusterRef): string {
  return `${nameOf(cluster)}-members`;
}

/** Secret with what a person needs to log in: host, ports, user, password. */
export function credentialsSecretName(cluster: ClusterRef): string {
  return `${nameOf(cluster)}-credentials`;
}

/** Secret with the passwords of the agent's own and of the replication account. */
export function internalSecretName(cluster: ClusterRef): string {
  return `${nameOf(cluster)}-internal`;
}

/** Secret with the members' certificate, key and CA. */
export function tlsSecretName(cluster: ClusterRef): string {
  return `${nameOf(cluster)}-tls`;
}

/** ConfigMap with what the agents read. */
export function configMapName(cluster: ClusterRef): string {
  return `${nameOf(cluster)}-config`;
}

/** Labels of everything that belongs to a cluster. */
export function clusterLabels(cluster: ClusterRef): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'mysql',
    'app.kubernetes.io/instance': nameOf(cluster),
    'app.kubernetes.io/managed-by': 'radondb-mysql',
    [CLUSTER_LABEL]: nameOf(cluster),
  };
}

/** Which cluster an object belongs to. */
export const CLUSTER_LABEL = 'radondb.com/cluster';
/** `primary` or `replica`, on pods; kept by the primary's agent. */
export const ROLE_LABEL = 'radondb.com/role';
