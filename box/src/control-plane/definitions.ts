/** What the product brings to a Kubernetes API: its CustomResourceDefinitions, webhooks and policies, from our manifests. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient, ObjectToWrite, Resource } from '@radondb/controller/runtime/index';
import { parse, parseAllDocuments } from 'yaml';

const MANAGER = 'radondb-box';
const ESTABLISHED_WITHIN_MS = 30_000;
const LOOK_MS = 50;
const DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

/** Everything else that is applied, by kind. */
const RESOURCES: Readonly<Record<string, Resource>> = Object.fromEntries(
  [
    'ValidatingWebhookConfiguration',
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ].map((kind) => {
    const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
    const group = 'admissionregistration.k8s.io';
    return [kind, { group, version: 'v1', plural, kind, namespaced: false }];
  }),
);

/** Resolves when the kinds of the files in `folder` can be used. */
export async function installDefinitions(
  client: KubeClient,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const files = (await readdir(folder)).filter((it) => it.endsWith('.yaml')).toSorted();
  const names: string[] = [];
  for (const file of files) {
    const object = parse(await readFile(join(folder, file), 'utf8')) as ObjectToWrite;
    await client.apply(DEFINITIONS, object, { signal, fieldManager: MANAGER, force: true });
    names.push(object.metadata.name);
  }
  const until = performance.now() + ESTABLISHED_WITHIN_MS;
  for (const name of names) {
    while (!(await isEstablished(client, name, signal))) {
      signal.throwIfAborted();
      if (performance.now() > until) throw new Error(`the definition ${name} is not established`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

async function isEstablished(
  client: KubeClient,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { conditions = [] } = ((await client.get(DEFINITIONS, { name }, { signal }))['status'] ??
    {}) as { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  return conditions.some((it) => it.type === 'Established' && it.status === 'True');
}

/**
 * The webhooks and policies as a cluster has them; only the way to the webhook is another.
 *
 * @param folder with `webhook-configuration.yaml` and `webhook-deletion-policy.yaml`
 * @param webhook where it listens, without a path
 */
export async function installAdmission(
  client: KubeClient,
  folder: string,
  webhook: { readonly url: string; readonly caPem: string },
  signal: AbortSignal,
): Promise<void> {
  for (const file of ['webhook-configuration.yaml', 'webhook-deletion-policy.yaml']) {
    for (const document of parseAllDocuments(await readFile(join(folder, file), 'utf8'))) {
      const object = withAddress(document.toJS() as ObjectToWrite, webhook);
      const resource = RESOURCES[object.kind];
      if (resource === undefined) throw new Error(`${file}: ${object.kind} is not expected here`);
      await client.apply(resource, object, { signal, fieldManager: MANAGER, force: true });
    }
  }
}

interface WebhookEntry {
  readonly clientConfig: { readonly service?: { readonly path?: string } };
}

function withAddress(
  object: ObjectToWrite,
  { url, caPem }: { readonly url: string; readonly caPem: string },
): ObjectToWrite {
  const webhooks = object['webhooks'] as readonly WebhookEntry[] | undefined;
  if (webhooks === undefined) return object;
  const caBundle = Buffer.from(caPem).toString('base64');
  return {
    ...object,
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { url: `${url}${webhook.clientConfig.service?.path ?? ''}`, caBundle },
    })),
  };
}
