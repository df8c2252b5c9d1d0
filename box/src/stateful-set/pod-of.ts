import { createHash } from 'node:crypto';
import type { KubeObject, ObjectToWrite } from '@radondb/controller/runtime/kube-object';

/** The parts of a StatefulSet that this controller reads. */
export interface StatefulSetSpec {
  readonly replicas?: number;
  readonly serviceName?: string;
  readonly podManagementPolicy?: 'OrderedReady' | 'Parallel';
  readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly template: {
    readonly metadata?: {
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec: Readonly<Record<string, unknown>>;
  };
  readonly volumeClaimTemplates?: readonly ClaimTemplate[];
}

interface ClaimTemplate {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

export const REVISION_LABEL = 'controller-revision-hash';
const NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const INDEX_LABEL = 'apps.kubernetes.io/pod-index';

export function specOf(set: KubeObject): StatefulSetSpec {
  return set['spec'] as StatefulSetSpec;
}

/** Changes with the pod template and with nothing else. */
export function revisionOf(set: KubeObject): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(specOf(set).template))
    .digest('hex');
  return `${set.metadata.name}-${digest.slice(0, 10)}`;
}

export function podNameOf(set: KubeObject, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

/** The ordinal in a pod's name; null when the set does not make such names. */
export function ordinalOf(set: KubeObject, pod: string): number | null {
  const prefix = `${set.metadata.name}-`;
  const digits = pod.startsWith(prefix) ? pod.slice(prefix.length) : '';
  return /^(0|[1-9]\d{0,8})$/.test(digits) ? Number(digits) : null;
}

export function podOf(set: KubeObject, ordinal: number): ObjectToWrite {
  const { template, serviceName = '', volumeClaimTemplates = [] } = specOf(set);
  const name = podNameOf(set, ordinal);
  const own = (template.spec['volumes'] ?? []) as readonly { readonly name: string }[];
  // A claim of the same name takes the place of the template's volume.
  const claimed = new Set(volumeClaimTemplates.map((it) => it.metadata.name));
  const volumes = [
    ...own.filter((it) => !claimed.has(it.name)),
    ...volumeClaimTemplates.map((it) => ({
      name: it.metadata.name,
      persistentVolumeClaim: { claimName: `${it.metadata.name}-${name}` },
    })),
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...namespaceOf(set),
      labels: {
        ...template.metadata?.labels,
        [NAME_LABEL]: name,
        [INDEX_LABEL]: String(ordinal),
        [REVISION_LABEL]: revisionOf(set),
      },
      ...(template.metadata?.annotations === undefined
        ? {}
        : { annotations: template.metadata.annotations }),
      ownerReferences: [ownerOf(set)],
    },
    spec: { ...template.spec, hostname: name, subdomain: serviceName, volumes },
  };
}

/** Claims have no owner: they stay when the set goes. */
export function claimsOf(set: KubeObject, ordinal: number): readonly ObjectToWrite[] {
  const { volumeClaimTemplates = [], selector } = specOf(set);
  return volumeClaimTemplates.map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...metadata,
      name: `${metadata.name}-${podNameOf(set, ordinal)}`,
      ...namespaceOf(set),
      labels: { ...metadata.labels, ...selector.matchLabels },
    },
    spec,
  }));
}

export function ownerOf(set: KubeObject) {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    name: set.metadata.name,
    uid: set.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

function namespaceOf({ metadata }: KubeObject): { readonly namespace?: string } {
  return metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
}
