/** Writes to a fake API server past the network: what other clients do. */
import type { KubeObject, ObjectToWrite } from '../../src/runtime/kube-object.ts';
import type { ApiRequest, FakeApiServer, Verb } from './fake-api-server.ts';

function request(verb: Verb, object: ObjectToWrite, plural: string): ApiRequest {
  const { namespace = '', name } = object.metadata;
  const query = new URLSearchParams();
  const { apiVersion } = object;
  return { verb, apiVersion, plural, namespace, name, subresource: '', query };
}

function pluralOf(object: ObjectToWrite): string {
  return `${object.kind.toLowerCase()}s`;
}

export function create(server: FakeApiServer, object: ObjectToWrite): KubeObject {
  return server.state.create(request('create', object, pluralOf(object)), object);
}

/** Merges; creates what is not there. */
export function put(server: FakeApiServer, object: ObjectToWrite): KubeObject {
  const plural = pluralOf(object);
  const exists = server.state
    .list({ ...request('list', object, plural), namespace: object.metadata.namespace ?? '' })
    .some((each) => each.metadata.name === object.metadata.name);
  if (!exists) return create(server, object);
  return server.state.patch(request('merge-patch', object, plural), object);
}

export function remove(server: FakeApiServer, object: ObjectToWrite): void {
  server.state.delete(request('delete', object, pluralOf(object)), {});
}
