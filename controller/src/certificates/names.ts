import {
  anyServiceName,
  membersServiceName,
  primaryServiceName,
  replicasServiceName,
} from '@radondb/api';

/** The controller, to the agents: it may ask for what only an operator may. */
export const OPERATOR_COMMON_NAME = 'operator/controller';

/** Whom a certificate is for. */
export interface Leaf {
  readonly commonName: string;
  /** DNS names that clients may have connected to. */
  readonly names: readonly string[];
}

/** A member serves under its own name and those of the Services that lead to it. */
export function memberLeaf(
  cluster: { readonly name: string; readonly namespace: string },
  member: string,
): Leaf {
  const { name, namespace } = cluster;
  const hosts = [
    `${member}.${membersServiceName(name)}`,
    primaryServiceName(name),
    replicasServiceName(name),
    anyServiceName(name),
  ];
  const names = hosts.flatMap((host) => [
    host,
    `${host}.${namespace}`,
    `${host}.${namespace}.svc`,
    `${host}.${namespace}.svc.cluster.local`,
  ]);
  return { commonName: `member/${member}`, names: [member, 'localhost', ...names] };
}

export const OPERATOR_LEAF: Leaf = Object.freeze({
  commonName: OPERATOR_COMMON_NAME,
  names: ['localhost'],
});
