import { randomUUID } from 'node:crypto';
import type { AdmissionRequest, Operation } from '../admission/request.ts';
import type { UserInfo } from '../http/authenticate.ts';
import type { Registry } from '../kinds/registry.ts';
import { apiVersionOf, type Resource, storageKey } from '../kinds/resource.ts';
import type { JsonObject, KubeObject } from '../object.ts';
import type { Store } from '../store/store.ts';

/** What every operation needs: the objects, the kinds, and a clock. */
export interface Api {
  readonly store: Store;
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** `127.x.y`: addresses of Services begin with it. */
  readonly serviceNetwork: string;
}

export type Subresource = '' | 'status' | 'scale';

/** One write as it was asked for. */
export interface WriteRequest {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: Subresource;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  readonly warn: (text: string) => void;
}

export function keyOf(request: WriteRequest, name = request.name): string {
  return storageKey(request.resource.storage, request.namespace, name);
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The stored form as this resource's version shows it. */
export function served(resource: Resource, object: KubeObject): KubeObject {
  return resource.fromStored?.(object) ?? object;
}

export function stored(resource: Resource, object: KubeObject): KubeObject {
  return resource.toStored?.(object) ?? object;
}

export function admissionRequest(
  request: WriteRequest,
  operation: Operation,
  object: KubeObject | null,
  oldObject: KubeObject | null,
  options: JsonObject = {},
): AdmissionRequest {
  const { group, version, kind, plural } = request.resource;
  const gvk = { group, version, kind };
  const gvr = { group, version, resource: plural };
  const isScale = request.subresource === 'scale';
  return {
    uid: randomUUID(),
    kind: isScale ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : gvk,
    resource: gvr,
    ...(request.subresource !== '' && { subResource: request.subresource }),
    requestKind: gvk,
    requestResource: gvr,
    ...(request.subresource !== '' && { requestSubResource: request.subresource }),
    name: object?.metadata.name ?? request.name,
    ...(request.namespace !== '' && { namespace: request.namespace }),
    operation,
    userInfo: request.user,
    object,
    oldObject,
    dryRun: request.dryRun,
    options: { kind: `${OPTIONS[operation]}Options`, apiVersion: 'meta.k8s.io/v1', ...options },
  };
}

const OPTIONS: Readonly<Record<Operation, string>> = {
  CREATE: 'Create',
  UPDATE: 'Update',
  DELETE: 'Delete',
  CONNECT: 'Connect',
};

export function describeKind(resource: Resource): string {
  return `${apiVersionOf(resource)}, Kind=${resource.kind}`;
}
