/** The certificates in a Kubernetes cluster: one Secret, and the `caBundle` of the webhook configurations. */
import type { SecretData } from './secret-data.ts';
import { type CertificateStore, StoreConflictError } from './store.ts';

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** From the root, with its query. */
  readonly path: string;
  /** JSON. */
  readonly body?: unknown;
  readonly contentType?: 'application/json' | 'application/json-patch+json';
}

/**
 * One request to kube-apiserver, with a deadline of its own. Every status is an answer.
 *
 * @throws when there is no answer
 */
export type KubeCall = (
  request: KubeRequest,
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly body: unknown }>;

export interface KubeCertificateNames {
  readonly namespace: string;
  readonly secret: string;
  /** Of the validating and of the mutating configuration. */
  readonly configuration: string;
  /** Under which name the changes are booked. */
  readonly fieldManager: string;
}

/** As `manifests/base` calls them. */
export const CERTIFICATE_NAMES: KubeCertificateNames = Object.freeze({
  namespace: 'radondb-system',
  secret: 'radondb-webhook-certificates',
  configuration: 'radondb-webhook',
  fieldManager: 'radondb-controller',
});

/** kube-apiserver answered with something that the store cannot go on with. */
export class KubeStoreError extends Error {
  override readonly name = 'KubeStoreError';
  readonly code = 'KUBE_STORE';
}

const CONFIGURATIONS = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];

interface Secret {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: SecretData;
}

interface Configuration {
  readonly metadata: { readonly resourceVersion: string };
  readonly webhooks?: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

export function kubeCertificateStore(
  call: KubeCall,
  names: KubeCertificateNames = CERTIFICATE_NAMES,
): CertificateStore {
  const secrets = `/api/v1/namespaces/${names.namespace}/secrets`;
  const manager = `fieldManager=${names.fieldManager}`;
  const pathOf = (resource: string): string =>
    `/apis/admissionregistration.k8s.io/v1/${resource}/${names.configuration}`;
  const get = async (path: string, signal: AbortSignal): Promise<unknown> => {
    const { status, body } = await call({ method: 'GET', path }, signal);
    if (status === 404) return null;
    if (status !== 200) throw refused('GET', path, status, body);
    return body;
  };
  return {
    async readSecret(signal) {
      const secret = (await get(`${secrets}/${names.secret}`, signal)) as Secret | null;
      if (secret === null) return null;
      const data = mapValues(secret.data ?? {}, fromBase64);
      return { data, resourceVersion: secret.metadata.resourceVersion };
    },
    async writeSecret(data, resourceVersion, signal) {
      const isNew = resourceVersion === null;
      const path = isNew ? `${secrets}?${manager}` : `${secrets}/${names.secret}?${manager}`;
      const method = isNew ? 'POST' : 'PUT';
      const body = secretOf(names, data, resourceVersion);
      const answer = await call({ method, path, body, contentType: 'application/json' }, signal);
      // 404 to a PUT: somebody has deleted it since.
      if (answer.status === 409 || (!isNew && answer.status === 404))
        throw new StoreConflictError();
      if (answer.status >= 300) throw refused(method, path, answer.status, answer.body);
    },
    async readBundles(signal) {
      const found = await Promise.all(
        CONFIGURATIONS.map(async (name) => {
          const held = (await get(pathOf(name), signal)) as Configuration | null;
          return held === null ? [] : [{ name, bundle: bundleOf(held) }];
        }),
      );
      return found.flat();
    },
    async writeBundle(configuration, bundle, signal) {
      const path = pathOf(configuration);
      const held = (await get(path, signal)) as Configuration | null;
      if (held === null) return;
      const { resourceVersion } = held.metadata;
      const caBundle = Buffer.from(bundle).toString('base64');
      const body = [
        // Positions are those of what was read.
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        ...(held.webhooks ?? []).map((_, index) => ({
          op: 'add',
          path: `/webhooks/${index}/clientConfig/caBundle`,
          value: caBundle,
        })),
      ];
      const contentType = 'application/json-patch+json';
      const request = { method: 'PATCH', path: `${path}?${manager}`, body, contentType } as const;
      const answer = await call(request, signal);
      if ([404, 409, 422].includes(answer.status)) throw new StoreConflictError();
      if (answer.status >= 300) throw refused('PATCH', path, answer.status, answer.body);
    },
  };
}

function secretOf(
  names: KubeCertificateNames,
  data: SecretData,
  resourceVersion: string | null,
): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: names.secret,
      namespace: names.namespace,
      labels: {
        'app.kubernetes.io/name': 'radondb-webhook',
        'app.kubernetes.io/part-of': 'radondb-mysql',
      },
      ...(resourceVersion !== null && { resourceVersion }),
    },
    type: 'Opaque',
    data: mapValues(data, (text) => Buffer.from(text).toString('base64')),
  };
}

/** What all webhooks of the configuration trust; empty when they do not agree. */
function bundleOf({ webhooks = [] }: Configuration): string {
  const [first, ...others] = webhooks.map(({ clientConfig }) => clientConfig.caBundle ?? '');
  return first !== undefined && others.every((it) => it === first) ? fromBase64(first) : '';
}

/** The message of a Status may be told; a Secret's content is in none. */
function refused(method: string, path: string, status: number, body: unknown): KubeStoreError {
  const message =
    typeof body === 'object' && body !== null ? Reflect.get(body, 'message') : undefined;
  return new KubeStoreError(`${method} ${path} was answered with ${status}: ${String(message)}`);
}

function mapValues(data: SecretData, change: (text: string) => string): SecretData {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, change(text)]));
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
