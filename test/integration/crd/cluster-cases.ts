import type { RuleCase, Spec } from './case.ts';

type ClusterCase = Omit<RuleCase, 'kind'>;

const limits = (requests: Spec, most: Spec): Spec => ({
  mysql: { resources: { requests, limits: most } },
});
const pod = (value: Spec): Spec => ({ pod: value });
const toleration = (value: Spec): Spec => pod({ tolerations: [value] });
const near = (requirement: Spec): Spec =>
  pod({
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'zone', labelSelector: { matchExpressions: [requirement] } },
        ],
      },
    },
  });

const NEW: readonly ClusterCase[] = [
  {
    name: 'more than seven members',
    good: { replicas: 7 },
    bad: { replicas: 8 },
    refused: [{ field: 'spec.replicas', message: '7' }],
  },
  {
    name: 'less than no members',
    good: { replicas: 0 },
    bad: { replicas: -1 },
    refused: [{ field: 'spec.replicas', message: '0' }],
  },
  {
    name: 'members as text',
    good: { replicas: 3 },
    bad: { replicas: '3' },
    refused: [{ field: 'spec.replicas', message: 'integer' }],
  },
  {
    name: 'a version that there is no engine for',
    good: { mysql: { version: '8.4' } },
    bad: { mysql: { version: '5.7' } },
    refused: [{ field: 'spec.mysql.version', message: '"8.4"' }],
  },
  {
    name: 'an image with a blank',
    good: { mysql: { image: 'registry.example.com:5000/team/mysql:9.7' } },
    bad: { mysql: { image: 'mysql:9.7; reboot' } },
    refused: [{ field: 'spec.mysql.image', message: 'must be the name of an image' }],
  },
  {
    name: 'a volume that MySQL does not fit into',
    good: { storage: { size: '1Gi' } },
    bad: { storage: { size: '500Mi' } },
    refused: [{ field: 'spec.storage.size', message: 'must be at least 1Gi' }],
  },
  {
    name: 'a size that is no amount',
    good: { storage: { size: '1.5Gi' } },
    bad: { storage: { size: '20GB' } },
    refused: [{ field: 'spec.storage.size', message: 'must be an amount of bytes' }],
  },
  {
    name: 'a storage class with a blank',
    good: { storage: { storageClassName: 'local-path.v2' } },
    bad: { storage: { storageClassName: 'local path' } },
    refused: [
      { field: 'spec.storage.storageClassName', message: 'must be the name of a StorageClass' },
    ],
  },
  {
    name: 'an unknown reclaim policy',
    good: { storage: { reclaimPolicy: 'Delete' } },
    bad: { storage: { reclaimPolicy: 'Recycle' } },
    refused: [{ field: 'spec.storage.reclaimPolicy', message: '"Retain"' }],
  },
  {
    name: 'less memory than MySQL starts with',
    good: limits({ memory: '512Mi' }, { memory: '1Gi' }),
    bad: limits({ memory: '100M' }, { memory: 104857600 }),
    refused: [
      { field: 'spec.mysql.resources.requests.memory', message: 'must be at least 512Mi' },
      { field: 'spec.mysql.resources.limits.memory', message: 'must be at least 512Mi' },
    ],
  },
  {
    name: 'memory that is no amount',
    good: limits({ memory: '1.5Gi', cpu: '0.5' }, {}),
    bad: limits({ memory: '2GB', cpu: 'two' }, {}),
    refused: [
      { field: 'spec.mysql.resources.requests.memory', message: 'must be an amount like 500m' },
      { field: 'spec.mysql.resources.requests.cpu', message: 'must be an amount like 500m' },
    ],
  },
  {
    name: 'more asked for than allowed',
    good: limits({ cpu: '500m', memory: '1Gi' }, { cpu: 1, memory: '1024Mi' }),
    bad: limits({ cpu: '1500m', memory: '2Gi' }, { cpu: 1, memory: '1Gi' }),
    refused: [
      { field: 'spec.mysql.resources.requests.cpu', message: 'must be at most limits.cpu' },
      { field: 'spec.mysql.resources.requests.memory', message: 'must be at most limits.memory' },
    ],
  },
  {
    name: 'a delay of more than an hour',
    good: { ha: { failover: { delay: '59m60s' } } },
    bad: { ha: { failover: { delay: '61m' } } },
    refused: [{ field: 'spec.ha.failover.delay', message: 'must be at most 1h' }],
  },
  {
    name: 'a delay without a unit',
    good: { ha: { failover: { delay: '500ms' } } },
    bad: { ha: { failover: { delay: '5' } } },
    refused: [{ field: 'spec.ha.failover.delay', message: 'must be a duration like 30s' }],
  },
  {
    name: 'an unknown durability',
    good: { ha: { durability: 'strict' } },
    bad: { ha: { durability: 'Strict' } },
    refused: [{ field: 'spec.ha.durability', message: '"standard"' }],
  },
  {
    name: 'namespaces by selector without a selector',
    good: { accounts: { namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } } },
    bad: { accounts: { namespaces: { from: 'Selector' } } },
    refused: [{ field: 'spec.accounts.namespaces.selector', message: 'from: Selector' }],
  },
  {
    name: 'a selector that nobody asks',
    good: { accounts: { namespaces: { from: 'All' } } },
    bad: { accounts: { namespaces: { selector: { matchLabels: { a: 'b' } } } } },
    refused: [{ field: 'spec.accounts.namespaces.selector', message: 'from: Selector' }],
  },
  {
    name: 'a Service of an unknown type',
    good: { routing: { service: { type: 'LoadBalancer', annotations: { a: 'b' } } } },
    bad: { routing: { service: { type: 'ExternalName' } } },
    refused: [{ field: 'spec.routing.service.type', message: '"ClusterIP"' }],
  },
  {
    name: "the operator's own labels and annotations",
    good: pod({ labels: { team: 'shop' }, annotations: { 'example.com/a': 'b' } }),
    bad: pod({
      labels: { 'app.kubernetes.io/name': 'x' },
      annotations: { 'radondb.com/role': 'primary' },
    }),
    refused: [
      { field: 'spec.pod.labels', message: 'are set by the operator' },
      { field: 'spec.pod.annotations', message: 'are set by the operator' },
    ],
  },
  {
    name: 'labels and annotations that no object can have',
    good: pod({
      labels: { 'example.com/team': 'a_B.c-1', empty: '' },
      annotations: { 'example.com/note': 'any text; at all' },
      nodeSelector: { 'kubernetes.io/os': 'linux' },
    }),
    bad: {
      ...pod({
        labels: { 'two words': 'x', team: 'a b' },
        annotations: { '/x': 'y' },
        nodeSelector: { a: '-' },
      }),
      routing: { service: { annotations: { 'a/b/c': 'd' } } },
    },
    refused: [
      { field: 'spec.pod.labels', message: 'keys must be letters' },
      { field: 'spec.pod.labels[team]', message: 'must be the value of a label' },
      { field: 'spec.pod.annotations', message: 'keys must be letters' },
      { field: 'spec.pod.nodeSelector[a]', message: 'must be the value of a label' },
      { field: 'spec.routing.service.annotations', message: 'keys must be letters' },
    ],
  },
  {
    name: 'a taint and a topology that no node can have',
    good: toleration({ key: 'example.com/dedicated', value: 'mysql' }),
    bad: pod({
      tolerations: [{ key: 'a b', value: 'c d' }],
      topologySpreadConstraints: [
        { topologyKey: 'my zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
      ],
    }),
    refused: [
      { field: 'spec.pod.tolerations[0].key', message: 'must be letters, digits' },
      { field: 'spec.pod.tolerations[0].value', message: 'must be the value of a label' },
      { field: 'spec.pod.topologySpreadConstraints[0].topologyKey', message: 'must be letters' },
    ],
  },
  {
    name: 'a toleration that exists and has a value',
    good: toleration({ key: 'a', operator: 'Exists' }),
    bad: toleration({ key: 'a', operator: 'Exists', value: 'b' }),
    refused: [{ field: 'spec.pod.tolerations[0].value', message: 'Exists takes no value' }],
  },
  {
    name: 'a toleration of nothing',
    good: toleration({ key: 'a', value: 'b' }),
    bad: toleration({ value: 'b' }),
    refused: [{ field: 'spec.pod.tolerations[0].key', message: 'unless the operator is Exists' }],
  },
  {
    name: 'a toleration with seconds and without NoExecute',
    good: toleration({ key: 'a', effect: 'NoExecute', tolerationSeconds: 30 }),
    bad: toleration({ key: 'a', tolerationSeconds: 30 }),
    refused: [
      { field: 'spec.pod.tolerations[0].tolerationSeconds', message: 'the effect NoExecute only' },
    ],
  },
  {
    name: 'a priority class with a quote',
    good: pod({ priorityClassName: 'system-node-critical' }),
    bad: pod({ priorityClassName: "high'" }),
    refused: [
      { field: 'spec.pod.priorityClassName', message: 'must be the name of a PriorityClass' },
    ],
  },
  {
    name: 'two spreads over one kind of place',
    good: pod({
      topologySpreadConstraints: [
        { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
        { topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 2 },
      ],
    }),
    bad: pod({
      topologySpreadConstraints: [
        { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
        { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 2 },
      ],
    }),
    refused: [{ field: 'spec.pod.topologySpreadConstraints[1]', message: 'zone' }],
  },
  {
    name: 'a requirement of a label without values',
    good: near({ key: 'a', operator: 'In', values: ['b'] }),
    bad: near({ key: 'a', operator: 'In' }),
    refused: [
      {
        field:
          'spec.pod.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].values',
        message: 'In and NotIn need values',
      },
    ],
  },
  {
    name: 'a name that members cannot have',
    objectName: 'a-name-of-more-than-forty-characters-is-too-long',
    goodName: 'a-name-of-forty-characters-is-just-short',
    good: {},
    bad: {},
    refused: [{ field: 'metadata.name', message: '40' }],
  },
];

const CHANGES: readonly ClusterCase[] = [
  {
    name: 'a volume that shrinks',
    before: { storage: { size: '20Gi' } },
    good: { storage: { size: '20480Mi' } },
    bad: { storage: { size: '19Gi' } },
    refused: [{ field: 'spec.storage.size', message: 'cannot shrink' }],
  },
  {
    name: 'a volume that shrinks because it is no longer said',
    before: { storage: { size: '20Gi' } },
    good: { storage: { size: '30Gi' } },
    bad: {},
    refused: [{ field: 'spec.storage.size', message: 'cannot shrink' }],
  },
  {
    name: 'another storage class',
    before: { storage: { storageClassName: 'fast' } },
    good: { storage: { storageClassName: 'fast', size: '11Gi' } },
    bad: { storage: { storageClassName: 'slow' } },
    refused: [{ field: 'spec.storage.storageClassName', message: 'cannot be changed' }],
  },
  {
    name: 'a storage class where there was none',
    before: {},
    good: { storage: { size: '10Gi' } },
    bad: { storage: { storageClassName: 'slow' } },
    refused: [{ field: 'spec.storage.storageClassName', message: 'cannot be changed' }],
  },
  {
    name: 'an older version',
    before: { mysql: { version: '9.7' } },
    good: { mysql: { version: '9.7', config: { max_connections: 100 } } },
    bad: { mysql: { version: '8.4' } },
    refused: [{ field: 'spec.mysql.version', message: 'cannot go back' }],
  },
];

export const CLUSTER_CASES: readonly RuleCase[] = [...NEW, ...CHANGES].map((it) => ({
  ...it,
  kind: 'MysqlCluster',
}));
