import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { isObject, type JsonObject, type KubeObject, valueAt } from '../object.ts';
import type { Store } from '../store/store.ts';

export interface ClientConfig {
  readonly url?: string;
  readonly caBundle?: string;
  readonly service?: { namespace: string; name: string; path?: string; port?: number };
}

interface Target {
  readonly url: URL;
  /** The name the certificate must have. */
  readonly serverName: string;
}

const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

/** Posts a review over TLS. @throws when there is no answer of 200 with JSON in time. */
export async function postReview(
  store: Store,
  config: ClientConfig,
  review: JsonObject,
  timeoutSeconds: number,
): Promise<JsonObject> {
  const { url, serverName } = targetOf(store, config);
  const shown = config.url ?? serviceUrl(config, timeoutSeconds);
  const body = JSON.stringify(review);
  const answer = await new Promise<{ code: number; text: string }>((resolve, reject) => {
    const request = httpsRequest(url, {
      method: 'POST',
      // An address is checked without being named in the handshake.
      ...(isIP(serverName) === 0 && { servername: serverName }),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        accept: 'application/json',
      },
      ...(config.caBundle !== undefined && { ca: Buffer.from(config.caBundle, 'base64') }),
      signal: AbortSignal.timeout(timeoutSeconds * 1_000),
    });
    request.on('error', (cause) => {
      const why =
        cause.name === 'AbortError' || cause.name === 'TimeoutError'
          ? 'context deadline exceeded'
          : cause.message;
      reject(new Error(`failed to call webhook: Post "${shown}": ${why}`, { cause }));
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) request.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    request.end(body);
  });
  if (answer.code !== 200) {
    throw new Error(
      `failed to call webhook: the server answered ${answer.code}: ${answer.text.slice(0, 200)}`,
    );
  }
  const parsed: unknown = JSON.parse(answer.text);
  const response = isObject(parsed) ? parsed['response'] : undefined;
  if (!isObject(response)) throw new Error('webhook response was absent');
  if (response['uid'] !== valueAt(review, ['request', 'uid'])) {
    throw new Error('expected response.uid to be that of the request');
  }
  return response;
}

function serviceUrl(config: ClientConfig, timeoutSeconds: number): string {
  const { service } = config;
  if (service === undefined) return '';
  return `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}${service.path ?? '/'}?timeout=${timeoutSeconds}s`;
}

/** A Service is reached through its first ready endpoint: nothing here routes its cluster address. */
function targetOf(store: Store, { url, service }: ClientConfig): Target {
  if (url !== undefined) {
    const parsed = new URL(url);
    return { url: parsed, serverName: parsed.hostname };
  }
  if (service === undefined) throw new Error('clientConfig has neither url nor service');
  const { namespace, name, path = '/', port = 443 } = service;
  const serverName = `${name}.${namespace}.svc`;
  const definition = store.get(`/services/${namespace}/${name}`);
  if (definition === undefined) throw new Error(`service "${name}" not found`);
  const endpoint = endpointOf(store, definition, port);
  if (endpoint === null) throw new Error(`no endpoints available for service "${name}"`);
  return { url: new URL(`https://${endpoint}${path}`), serverName };
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function endpointOf(store: Store, service: KubeObject, port: number): string | null {
  const { namespace, name } = service.metadata;
  const wanted = objects(valueAt(service, ['spec', 'ports'])).find((one) => one['port'] === port);
  const slices = (store.list(`discovery.k8s.io/endpointslices/${namespace}/`) ?? [])
    .map(([, slice]) => slice)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === name);
  for (const slice of slices) {
    const ready = objects(slice['endpoints']).find(
      (one) => valueAt(one, ['conditions', 'ready']) !== false,
    );
    const address = Array.isArray(ready?.['addresses']) ? ready['addresses'][0] : undefined;
    const target = objects(slice['ports']).find(
      (one) => (one['name'] ?? '') === (wanted?.['name'] ?? ''),
    );
    if (address !== undefined && target !== undefined)
      return `${String(address)}:${String(target['port'])}`;
  }
  return null;
}
