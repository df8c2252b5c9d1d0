/** The webhook in this process, registered at a Kubernetes API as `manifests/base` registers it. */
import { readdir, readFile } from 'node:fs/promises';
import { parseAllDocuments, stringify } from 'yaml';
import { type KubectlTarget, kubectl } from '../kube/kubectl.ts';
import {
  DEFAULT_CERTIFICATE_TIMES,
  type RunningWebhook,
  SECRET_KEYS,
  secretAfter,
  startWebhook,
  TlsHolder,
  type WebhookOptions,
} from './package.ts';

const MANIFESTS = new URL('../../../manifests/', import.meta.url);
const READY_WITHIN_MS = 60_000;
const WEBHOOK_CONFIGURATIONS = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'];

export interface RegisteredWebhook extends RunningWebhook {
  /** Takes the webhook's configurations out of the API server, and leaves the policy. */
  unregister(): Promise<void>;
}

type Manifest = { kind: string; webhooks?: { clientConfig: Record<string, unknown> }[] };

/** Applies the CRDs and the policy, serves, registers, and waits until the API server asks and obeys. */
export async function registerWebhook(
  plane: KubectlTarget,
  options: Pick<WebhookOptions, 'lookUp' | 'settings'> = {},
): Promise<RegisteredWebhook> {
  await applyKinds(plane);
  await apply(plane, await read('base/webhook-deletion-policy.yaml'));

  const wishes = { names: ['127.0.0.1'], times: DEFAULT_CERTIFICATE_TIMES };
  const secret = await secretAfter({ do: 'start', why: 'test' }, {}, Date.now(), wishes);
  const webhook = await startWebhook({
    ...options,
    tls: new TlsHolder({
      certificate: secret[SECRET_KEYS.certificate] ?? '',
      key: secret[SECRET_KEYS.key] ?? '',
    }),
    listen: { host: '127.0.0.1', port: 0 },
  });
  try {
    const caBundle = Buffer.from(secret[SECRET_KEYS.authority] ?? '').toString('base64');
    await apply(plane, await registrationAt(webhook.port, caBundle));
    await waitUntilAsked(plane);
  } catch (error) {
    await webhook.close(0);
    throw error;
  }
  return {
    ...webhook,
    unregister: async () => {
      for (const kind of WEBHOOK_CONFIGURATIONS) {
        await mustSucceed(plane, ['delete', kind, 'radondb-webhook']);
      }
    },
  };
}

export async function applyKinds(plane: KubectlTarget): Promise<void> {
  const crds = await readdir(new URL('crds/', MANIFESTS));
  for (const name of crds) await apply(plane, await read(`crds/${name}`));
  await mustSucceed(plane, ['wait', '--for=condition=Established', 'crd', '--all']);
}

/** The registration of `manifests/base` at an address on the loopback; without `caBundle` it is yet to be written. */
export async function registrationAt(port: number, caBundle?: string): Promise<Manifest[]> {
  return byUrl(await read('base/webhook-configuration.yaml'), port, caBundle);
}

/** There is no pod behind a Service here: the same registration, by address. */
function byUrl(manifests: readonly Manifest[], port: number, caBundle?: string): Manifest[] {
  return manifests.map((manifest) => ({
    ...manifest,
    webhooks: (manifest.webhooks ?? []).map((it) => {
      const { path } = it.clientConfig['service'] as { path: string };
      return {
        ...it,
        clientConfig: {
          url: `https://127.0.0.1:${port}${path}`,
          ...(caBundle !== undefined && { caBundle }),
        },
      };
    }),
  }));
}

/** The API server reads configurations and policies from watches: some moments later they hold. */
export async function waitUntilAsked(plane: KubectlTarget): Promise<void> {
  const probe = (spec: object): string =>
    stringify({
      apiVersion: 'radondb.com/v1',
      kind: 'MysqlCluster',
      metadata: { name: 'probe', namespace: 'default' },
      spec,
    });
  // Bad to the webhooks, good to the schema: each of the two must have refused.
  const bad = probe({ mysql: { config: { sync_binlog: 0 } } });
  const deadline = Date.now() + READY_WITHIN_MS;
  let last = '';
  while (Date.now() < deadline) {
    const args = ['apply', '--dry-run=server', '-f', '-'];
    last = (await kubectl(plane, args, { stdin: bad })).stderr;
    if (last.includes('spec.mysql.config.sync_binlog')) return;
  }
  throw new Error(`the API server does not ask the webhook: ${last}`);
}

async function read(path: string): Promise<Manifest[]> {
  const documents = parseAllDocuments(await readFile(new URL(path, MANIFESTS), 'utf8'));
  return (Array.isArray(documents) ? documents : []).map((it) => it.toJS() as Manifest);
}

export async function apply(plane: KubectlTarget, manifests: readonly Manifest[]): Promise<void> {
  const stdin = manifests.map((it) => stringify(it)).join('---\n');
  await mustSucceed(plane, ['apply', '--server-side', '-f', '-'], stdin);
}

export async function mustSucceed(
  plane: KubectlTarget,
  args: readonly string[],
  stdin = '',
): Promise<string> {
  const { code, stdout, stderr } = await kubectl(plane, args, { stdin });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout + stderr;
}
