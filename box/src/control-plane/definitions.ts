/** What the product brings to a Kubernetes API: its CustomResourceDefinitions and its webhooks. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient, ObjectToWrite, Resource } from '@radondb/controller/runtime/index';
import { parse } from 'yaml';

const MANAGER = 'radondb-box';
const ESTABLISHED_WITHIN_MS = 30_000;
const LOOK_MS = 50;
/** Ours alone: a webhook must never be asked about anything else. */
const RULES = [
  {
    apiGroups: ['radondb.com'],
    apiVersions: ['v1'],
    resources: ['mysqlclusters', 'mysqlusers', 'mysqldatabases'],
    scope: 'Namespaced',
  },
];

const DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

function configurations(which: 'Validating' | 'Mutating'): Resource {
  return {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: `${which.toLowerCase()}webhookconfigurations`,
    kind: `${which}WebhookConfiguration`,
    namespaced: false,
  };
}

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

/** @param url where the webhook listens, without a path */
export async function installWebhooks(
  client: KubeClient,
  webhook: { readonly url: string; readonly caPem: string },
  signal: AbortSignal,
): Promise<void> {
  const caBundle = Buffer.from(webhook.caPem).toString('base64');
  for (const [which, path, operations] of [
    ['Mutating', 'default', ['CREATE']],
    ['Validating', 'validate', ['CREATE', 'UPDATE', 'DELETE']],
  ] as const) {
    const resource = configurations(which);
    const object = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: resource.kind,
      metadata: { name: 'radondb' },
      webhooks: [
        {
          name: `${path}.radondb.com`,
          admissionReviewVersions: ['v1'],
          clientConfig: { url: `${webhook.url}/${path}`, caBundle },
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          sideEffects: 'None',
          timeoutSeconds: 5,
          rules: RULES.map((rule) => ({ ...rule, operations })),
        },
      ],
    };
    await client.apply(resource, object, { signal, fieldManager: MANAGER, force: true });
  }
}
