import { isObject, type JsonObject, type KubeObject, setAt, valueAt } from '../object.ts';

/**
 * What the API server fills into built-in kinds and their OpenAPI does not say. Only the kinds and fields
 * that our objects and their readers meet.
 */
export function applyBuiltinDefaults(storage: string, object: KubeObject): void {
  DEFAULTS[storage]?.(object);
}

const DEFAULTS: Readonly<Record<string, (object: KubeObject) => void>> = {
  '/namespaces': defaultNamespace,
  '/pods': defaultPod,
  '/secrets': defaultSecret,
  '/services': defaultService,
  '/persistentvolumeclaims': (claim) =>
    fill(claim, [
      ['spec.volumeMode', 'Filesystem'],
      ['status.phase', 'Pending'],
    ]),
  'policy/poddisruptionbudgets': (budget) =>
    fill(budget, [
      ['status', { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }],
    ]),
  'apps/statefulsets': defaultStatefulSet,
  'networking.k8s.io/networkpolicies': defaultNetworkPolicy,
  'apiextensions.k8s.io/customresourcedefinitions': defaultCrd,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': (config) =>
    defaultWebhooks(config, true),
  'admissionregistration.k8s.io/validatingwebhookconfigurations': (config) =>
    defaultWebhooks(config, false),
  'admissionregistration.k8s.io/validatingadmissionpolicies': defaultPolicy,
};

function fill(target: unknown, values: readonly (readonly [string, unknown])[]): void {
  if (!isObject(target)) return;
  for (const [path, value] of values) {
    const parts = path.split('.');
    if (valueAt(target, parts) === undefined) setAt(target, parts, structuredClone(value));
  }
}

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function defaultNamespace(namespace: KubeObject): void {
  const { metadata } = namespace;
  if (metadata.name)
    metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  fill(namespace, [
    ['spec.finalizers', ['kubernetes']],
    ['status.phase', 'Active'],
  ]);
}

function defaultSecret(secret: KubeObject): void {
  fill(secret, [['type', 'Opaque']]);
  const { stringData } = secret;
  if (!isObject(stringData)) return;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  secret['data'] = {
    ...(isObject(secret['data']) && secret['data']),
    ...Object.fromEntries(encoded),
  };
  delete secret['stringData'];
}

function defaultService(service: KubeObject): void {
  fill(service, [
    ['spec.type', 'ClusterIP'],
    ['spec.sessionAffinity', 'None'],
    ['spec.ipFamilies', ['IPv4']],
    ['spec.ipFamilyPolicy', 'SingleStack'],
    ['spec.internalTrafficPolicy', 'Cluster'],
    ['status', { loadBalancer: {} }],
  ]);
  for (const port of list(valueAt(service, ['spec', 'ports']))) {
    fill(port, [
      ['protocol', 'TCP'],
      ['targetPort', port['port']],
    ]);
  }
}

function defaultPod(pod: KubeObject): void {
  defaultPodSpec(pod['spec']);
  fill(pod, [['status.phase', 'Pending']]);
}

function defaultStatefulSet(set: KubeObject): void {
  fill(set, [
    ['status', { replicas: 0, availableReplicas: 0 }],
    ['spec.replicas', 1],
    ['spec.podManagementPolicy', 'OrderedReady'],
    ['spec.revisionHistoryLimit', 10],
    ['spec.updateStrategy.type', 'RollingUpdate'],
    ['spec.persistentVolumeClaimRetentionPolicy.whenDeleted', 'Retain'],
    ['spec.persistentVolumeClaimRetentionPolicy.whenScaled', 'Retain'],
  ]);
  if (valueAt(set, ['spec', 'updateStrategy', 'type']) === 'RollingUpdate') {
    fill(set, [['spec.updateStrategy.rollingUpdate.partition', 0]]);
  }
  defaultPodSpec(valueAt(set, ['spec', 'template', 'spec']));
  for (const claim of list(valueAt(set, ['spec', 'volumeClaimTemplates']))) {
    fill(claim, [
      ['apiVersion', 'v1'],
      ['kind', 'PersistentVolumeClaim'],
      ['spec.volumeMode', 'Filesystem'],
      ['status.phase', 'Pending'],
    ]);
  }
}

function defaultPodSpec(spec: unknown): void {
  if (!isObject(spec)) return;
  fill(spec, [
    ['restartPolicy', 'Always'],
    ['terminationGracePeriodSeconds', 30],
    ['dnsPolicy', 'ClusterFirst'],
    ['securityContext', {}],
    ['schedulerName', 'default-scheduler'],
  ]);
  if (spec['serviceAccountName'] !== undefined) spec['serviceAccount'] = spec['serviceAccountName'];
  for (const container of [...list(spec['containers']), ...list(spec['initContainers'])]) {
    defaultContainer(container);
  }
  for (const volume of list(spec['volumes'])) {
    for (const source of ['secret', 'configMap', 'projected', 'downwardAPI']) {
      if (isObject(volume[source])) fill(volume[source], [['defaultMode', 0o644]]);
    }
  }
}

function defaultContainer(container: JsonObject): void {
  const image = String(container['image'] ?? '');
  const isLatest = !image.includes('@') && (!/:[^/]+$/.test(image) || image.endsWith(':latest'));
  fill(container, [
    ['terminationMessagePath', '/dev/termination-log'],
    ['terminationMessagePolicy', 'File'],
    ['imagePullPolicy', isLatest ? 'Always' : 'IfNotPresent'],
    ['resources', {}],
  ]);
  for (const port of list(container['ports'])) fill(port, [['protocol', 'TCP']]);
  for (const entry of list(container['env'])) {
    const field = valueAt(entry, ['valueFrom', 'fieldRef']);
    if (isObject(field)) fill(field, [['apiVersion', 'v1']]);
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    defaultProbe(container[name]);
}

function defaultProbe(probe: unknown): void {
  if (!isObject(probe)) return;
  fill(probe, [
    ['timeoutSeconds', 1],
    ['periodSeconds', 10],
    ['successThreshold', 1],
    ['failureThreshold', 3],
  ]);
  if (isObject(probe['httpGet'])) {
    fill(probe['httpGet'], [
      ['path', '/'],
      ['scheme', 'HTTP'],
    ]);
  }
}

function defaultNetworkPolicy(policy: KubeObject): void {
  const hasEgress = valueAt(policy, ['spec', 'egress']) !== undefined;
  fill(policy, [['spec.policyTypes', hasEgress ? ['Ingress', 'Egress'] : ['Ingress']]]);
  const rules = [
    ...list(valueAt(policy, ['spec', 'ingress'])),
    ...list(valueAt(policy, ['spec', 'egress'])),
  ];
  for (const port of rules.flatMap((rule) => list(rule['ports'])))
    fill(port, [['protocol', 'TCP']]);
}

function defaultCrd(crd: KubeObject): void {
  const kind = valueAt(crd, ['spec', 'names', 'kind']);
  fill(crd, [['spec.conversion', { strategy: 'None' }]]);
  if (typeof kind !== 'string') return;
  fill(crd, [
    ['spec.names.singular', kind.toLowerCase()],
    ['spec.names.listKind', `${kind}List`],
  ]);
}

function defaultWebhooks(config: KubeObject, isMutating: boolean): void {
  for (const webhook of list(config['webhooks'])) {
    fill(webhook, [
      ['failurePolicy', 'Fail'],
      ['matchPolicy', 'Equivalent'],
      ['namespaceSelector', {}],
      ['objectSelector', {}],
      ['timeoutSeconds', 10],
      ...(isMutating ? ([['reinvocationPolicy', 'Never']] as const) : []),
    ]);
    for (const rule of list(webhook['rules'])) fill(rule, [['scope', '*']]);
    const service = valueAt(webhook, ['clientConfig', 'service']);
    if (isObject(service)) fill(service, [['port', 443]]);
  }
}

function defaultPolicy(policy: KubeObject): void {
  fill(policy, [['spec.failurePolicy', 'Fail']]);
  if (!isObject(valueAt(policy, ['spec', 'matchConstraints']))) return;
  fill(policy, [
    ['spec.matchConstraints.matchPolicy', 'Equivalent'],
    ['spec.matchConstraints.namespaceSelector', {}],
    ['spec.matchConstraints.objectSelector', {}],
  ]);
  for (const rule of list(valueAt(policy, ['spec', 'matchConstraints', 'resourceRules']))) {
    fill(rule, [['scope', '*']]);
  }
}
