import type { Resource } from '../kinds/resource.ts';
import type { KubeObject } from '../object.ts';
import { StatusError } from '../status-error.ts';
import type { Api, WriteRequest } from './context.ts';
import { type DeleteOptions, remove } from './delete.ts';
import { update } from './update.ts';

/** A write of the server's own controllers: through admission like any other. */
export function systemRequest(
  resource: Resource,
  object: KubeObject,
  controller: string,
): WriteRequest {
  return {
    resource,
    namespace: resource.namespaced ? (object.metadata.namespace ?? '') : '',
    name: object.metadata.name,
    subresource: '',
    user: {
      username: `system:serviceaccount:kube-system:${controller}`,
      groups: [
        'system:serviceaccounts',
        'system:serviceaccounts:kube-system',
        'system:authenticated',
      ],
    },
    dryRun: false,
    fieldManager: controller,
    fieldValidation: 'Ignore',
    warn: () => undefined,
  };
}

/** The resource whose objects a store key names, and what to call the object. */
export function resourceOfKey(api: Api, key: string): Resource | undefined {
  const storage = key.split('/').slice(0, 2).join('/');
  return api.registry.storages().find((one) => one.storage === storage);
}

/** Deletes; somebody else may have been faster. */
export async function removeIfThere(
  api: Api,
  request: WriteRequest,
  options: DeleteOptions,
): Promise<void> {
  try {
    await remove(api, request, options);
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 404) throw error;
  }
}

export async function removeFinalizer(
  api: Api,
  request: WriteRequest,
  finalizer: string,
): Promise<void> {
  await update(api, request, (current) => {
    const finalizers = (current.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    return { object: { ...current, metadata: { ...current.metadata, finalizers } } };
  });
}
