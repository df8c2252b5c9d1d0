/** Everything that the objects of a cluster are made from: the complete spec, what was decided once and is kept, and the operator's own settings. */
import type { CompleteMysqlClusterSpec } from '@radondb/api';
import type { ClusterConfigMember } from '@radondb/api/cluster-config';
import type { ObjectToWrite, Resource } from '../runtime/kube-object.ts';

/** An amount as Kubernetes writes it: `500m`, `2Gi`. */
export interface Amounts {
  readonly cpu?: string;
  readonly memory?: string;
}

export interface ClusterModel {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Identity of the data; outlives the object where volumes are retained. */
  readonly clusterId: string;
  /** The voters; they stand from the bootstrap on. */
  readonly members: readonly ClusterConfigMember[];
  /** Pods that should run: all members, or none while the cluster hibernates. */
  readonly running: number;
  /** False once the cluster has taken writes. */
  readonly bootstrap: boolean;
  readonly mysql: {
    readonly version: '9.7' | '8.4';
    readonly image: string;
    readonly config: Readonly<Record<string, string | number | boolean>>;
  };
  readonly resources: { readonly requests: Amounts; readonly limits: Amounts };
  readonly storage: {
    readonly size: string;
    /** Null: the cluster's default class. */
    readonly className: string | null;
    readonly reclaimPolicy: 'Retain' | 'Delete';
  };
  readonly failover: { readonly enabled: boolean; readonly delayMs: number };
  readonly durability: 'standard' | 'strict';
  readonly service: {
    readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly pod: CompleteMysqlClusterSpec['pod'];
  /** Value of the annotation that asks for a restart of all members in turn; empty: none was asked for. */
  readonly restart: string;
  readonly operator: OperatorModel;
  /** Digests of what pods read once, when they start: another one means a restart. Null: not made yet. */
  readonly secrets: { readonly tls: string | null; readonly credentials: string | null };
}

export interface OperatorModel {
  /** Image with the agent and its installer. */
  readonly image: string;
  /** Namespace that the controller runs in: it may talk to the agents. */
  readonly namespace: string;
}

/** An object that should exist, and where it goes. */
export interface DesiredObject {
  readonly resource: Resource;
  readonly object: ObjectToWrite & {
    readonly metadata: { readonly name: string; readonly namespace: string };
  };
}
