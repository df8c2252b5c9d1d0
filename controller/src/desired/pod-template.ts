import {
  clusterLabels,
  configMapName,
  credentialsSecretName,
  internalSecretName,
  statefulSetName,
  tlsSecretName,
} from '@radondb/api';
import { CLUSTER_CONFIG_FILE, MEMBER_PORTS } from '@radondb/api/cluster-config';
import { contentDigest } from '../content-digest.ts';
import { restartConfig } from './config-map.ts';
import { memberSelector, RESTART_ANNOTATION } from './metadata.ts';
import type { ClusterModel } from './model.ts';

/** Says which template and which configuration a pod was made from: a pod with another one is restarted in its turn. */
export const REVISION_ANNOTATION = 'radondb.com/revision';
export const MYSQL_CONTAINER = 'mysql';
export const DATA_VOLUME = 'data';

/** The user and group `mysql` of MySQL's images. */
const MYSQL_ID = 999;
/** A primary hands over, then mysqld writes out what it holds in memory. Seconds. */
const STOP_SECONDS = 120;
const PAYLOAD = '/radondb';
const CONFIG = '/etc/radondb/config';
const MOUNTED = {
  RADONDB_DATA_DIR: '/var/lib/radondb',
  RADONDB_TLS_DIR: '/etc/radondb/tls',
  RADONDB_INTERNAL_DIR: '/etc/radondb/internal',
  RADONDB_CREDENTIALS_DIR: '/etc/radondb/credentials',
} as const;
/** The files belong to root and the pod's group: nobody else reads them. */
const SECRET_MODE = 0o440;

/** What every container of a namespace with the Pod Security Standard `restricted` must say. */
const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

/** The members' pods. The annotation changes whenever a running member would have to restart, and only then. */
export function podTemplate(model: ClusterModel) {
  const spec = podSpec(model);
  const labels = { ...model.pod.labels, ...clusterLabels(model.name) };
  const annotations = {
    ...model.pod.annotations,
    ...(model.restart === '' ? {} : { [RESTART_ANNOTATION]: model.restart }),
  };
  const revision = contentDigest({
    labels,
    annotations,
    spec,
    config: restartConfig(model),
    secrets: model.secrets,
  });
  return {
    metadata: {
      labels,
      annotations: { ...annotations, [REVISION_ANNOTATION]: revision },
    },
    spec,
  };
}

/** The revision that pods of this model have. */
export function revisionOf(model: ClusterModel): string {
  return podTemplate(model).metadata.annotations[REVISION_ANNOTATION] ?? '';
}

function podSpec(model: ClusterModel) {
  const { pod } = model;
  return {
    serviceAccountName: statefulSetName(model.name),
    automountServiceAccountToken: true,
    // Variables of every Service of the namespace would be in the environment, and one named after us misread.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: STOP_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: MYSQL_ID,
      runAsGroup: MYSQL_ID,
      fsGroup: MYSQL_ID,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    initContainers: [installer(model)],
    containers: [mysql(model)],
    volumes: volumes(model),
    ...(pod.topologySpreadConstraints.length === 0
      ? {}
      : { topologySpreadConstraints: spread(model) }),
    ...(Object.keys(pod.nodeSelector).length === 0 ? {} : { nodeSelector: pod.nodeSelector }),
    ...(pod.affinity === undefined ? {} : { affinity: pod.affinity }),
    ...(pod.tolerations.length === 0 ? {} : { tolerations: pod.tolerations }),
    ...(pod.priorityClassName === undefined ? {} : { priorityClassName: pod.priorityClassName }),
  };
}

function installer(model: ClusterModel) {
  return {
    name: 'install-agent',
    image: model.operator.image,
    command: ['/radondb/node', '/radondb/install.mjs', PAYLOAD_TARGET],
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    securityContext: RESTRICTED,
    volumeMounts: [{ name: 'payload', mountPath: PAYLOAD_TARGET }],
  };
}

/** In the installer's container /radondb is the image's own. */
const PAYLOAD_TARGET = '/payload';

function mysql(model: ClusterModel) {
  const { resources } = model;
  return {
    name: MYSQL_CONTAINER,
    image: model.mysql.image,
    command: [
      `${PAYLOAD}/node`,
      // A young generation of 16 MiB, three times over, is most of what an agent would take.
      '--max-semi-space-size=2',
      '--optimize-for-size',
      '--max-old-space-size=128',
      `${PAYLOAD}/agent.mjs`,
      '--cluster-config',
      `${CONFIG}/${CLUSTER_CONFIG_FILE}`,
    ],
    env: [
      { name: 'RADONDB_MEMBER', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'RADONDB_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      ...Object.entries(MOUNTED).map(([name, value]) => ({ name, value })),
      { name: 'RADONDB_MYSQLD', value: '/usr/sbin/mysqld' },
      { name: 'MALLOC_ARENA_MAX', value: '2' },
    ],
    ports: Object.entries(MEMBER_PORTS)
      .filter(([name]) => name !== 'admin')
      .map(([name, containerPort]) => ({ name: portName(name), containerPort, protocol: 'TCP' })),
    resources: {
      ...(Object.keys(resources.requests).length === 0 ? {} : { requests: resources.requests }),
      ...(Object.keys(resources.limits).length === 0 ? {} : { limits: resources.limits }),
    },
    ...probes(),
    securityContext: RESTRICTED,
    volumeMounts: [
      { name: DATA_VOLUME, mountPath: MOUNTED.RADONDB_DATA_DIR },
      { name: 'payload', mountPath: PAYLOAD, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'config', mountPath: CONFIG, readOnly: true },
      { name: 'tls', mountPath: MOUNTED.RADONDB_TLS_DIR, readOnly: true },
      { name: 'internal', mountPath: MOUNTED.RADONDB_INTERNAL_DIR, readOnly: true },
      { name: 'credentials', mountPath: MOUNTED.RADONDB_CREDENTIALS_DIR, readOnly: true },
    ],
  };
}

/**
 * Live: the agent's process answers, whatever its mysqld does; a replica, a cloning or a fenced member is never killed for that.
 * Ready: clients may be sent here. Probes only read (I9).
 */
function probes() {
  const httpGet = (path: string) => ({ httpGet: { path, port: MEMBER_PORTS.metrics } });
  return {
    startupProbe: {
      ...httpGet('/healthz'),
      periodSeconds: 2,
      timeoutSeconds: 5,
      failureThreshold: 150,
    },
    livenessProbe: {
      ...httpGet('/healthz'),
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 6,
    },
    readinessProbe: {
      ...httpGet('/readyz'),
      periodSeconds: 2,
      timeoutSeconds: 5,
      failureThreshold: 2,
    },
  };
}

function volumes(model: ClusterModel) {
  const secret = (name: string, secretName: string) => ({
    name,
    secret: { secretName, defaultMode: SECRET_MODE },
  });
  return [
    { name: 'payload', emptyDir: {} },
    { name: 'tmp', emptyDir: {} },
    { name: 'config', configMap: { name: configMapName(model.name), defaultMode: SECRET_MODE } },
    secret('tls', tlsSecretName(model.name)),
    secret('internal', internalSecretName(model.name)),
    secret('credentials', credentialsSecretName(model.name)),
  ];
}

function spread(model: ClusterModel) {
  const labelSelector = { matchLabels: memberSelector(model) };
  return model.pod.topologySpreadConstraints.map((it) => ({ ...it, labelSelector }));
}

/** `primaryProxy` → `primary-proxy`: names of ports are labels of at most 15 characters. */
function portName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
