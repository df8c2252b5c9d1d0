import type { Writer } from '../apply/server-side-apply.ts';
import { apiVersionOf } from '../kinds/resource.ts';
import { type Api, timestamp, type WriteRequest } from './context.ts';

/** Who writes, for the record of who owns which field. */
export function writerOf(api: Api, request: WriteRequest): Writer {
  const { resource, subresource, fieldManager } = request;
  return {
    manager: fieldManager,
    apiVersion: apiVersionOf(resource),
    subresource,
    // A Scale has no time to tell.
    now: subresource === 'scale' ? '' : timestamp(api.now()),
    schema: resource.schema,
    ignores: (property) =>
      subresource === 'status'
        ? property !== 'status'
        : resource.hasStatus && property === 'status',
  };
}
