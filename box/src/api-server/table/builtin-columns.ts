import type { PrinterColumn } from '../kinds/resource.ts';

/** `jsonPath` of a built-in column may name a computed cell: `=ready`. */
const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

function column(
  name: string,
  jsonPath: string,
  options: Partial<PrinterColumn> = {},
): PrinterColumn {
  return { name, type: 'string', jsonPath, ...options };
}

const WIDE = { priority: 1 };
const CREATED_AT = column('Created At', '=created');
const ROLE_BINDING = [column('Role', '=roleRef'), AGE];
const WEBHOOKS = [column('Webhooks', '=webhooks', { type: 'integer' }), AGE];

const COLUMNS: Readonly<Record<string, readonly PrinterColumn[]>> = {
  '/configmaps': [column('Data', '=dataCount'), AGE],
  '/secrets': [column('Type', '.type'), column('Data', '=dataCount'), AGE],
  '/namespaces': [column('Status', '.status.phase'), AGE],
  '/serviceaccounts': [AGE],
  '/pods': [
    column('Ready', '=podReady'),
    column('Status', '=podStatus'),
    column('Restarts', '=podRestarts'),
    AGE,
    column('IP', '.status.podIP', WIDE),
    column('Node', '.spec.nodeName', WIDE),
    column('Nominated Node', '.status.nominatedNodeName', WIDE),
    column('Readiness Gates', '.spec.readinessGates[0].conditionType', WIDE),
  ],
  '/services': [
    column('Type', '.spec.type'),
    column('Cluster-IP', '.spec.clusterIP'),
    column('External-IP', '.status.loadBalancer.ingress[0].ip'),
    column('Port(s)', '=servicePorts'),
    AGE,
    column('Selector', '=selector', WIDE),
  ],
  '/endpoints': [column('Endpoints', '=endpoints'), AGE],
  'discovery.k8s.io/endpointslices': [
    column('AddressType', '.addressType'),
    column('Ports', '=slicePorts'),
    column('Endpoints', '=sliceEndpoints'),
    AGE,
  ],
  '/events': [
    column('Last Seen', '=lastSeen'),
    column('Type', '.type'),
    column('Reason', '.reason'),
    column('Object', '=eventObject'),
    column('Subobject', '.involvedObject.fieldPath', WIDE),
    column('Source', '=eventSource', WIDE),
    column('Message', '.message'),
    column('First Seen', '=firstSeen', WIDE),
    column('Count', '=eventCount', { type: 'integer', priority: 1 }),
    column('Name', '.metadata.name', WIDE),
  ],
  '/persistentvolumeclaims': [
    column('Status', '.status.phase'),
    column('Volume', '.spec.volumeName'),
    column('Capacity', '.status.capacity.storage'),
    column('Access Modes', '=accessModes'),
    column('StorageClass', '.spec.storageClassName'),
    column('VolumeAttributesClass', '.spec.volumeAttributesClassName'),
    AGE,
    column('VolumeMode', '.spec.volumeMode', WIDE),
  ],
  'apps/statefulsets': [
    column('Ready', '=setReady'),
    AGE,
    column('Containers', '=containers', WIDE),
    column('Images', '=images', WIDE),
  ],
  'policy/poddisruptionbudgets': [
    column('Min Available', '=minAvailable'),
    column('Max Unavailable', '=maxUnavailable'),
    column('Allowed Disruptions', '.status.disruptionsAllowed', { type: 'integer' }),
    AGE,
  ],
  'networking.k8s.io/networkpolicies': [column('Pod-Selector', '=podSelector'), AGE],
  'rbac.authorization.k8s.io/roles': [CREATED_AT],
  'rbac.authorization.k8s.io/clusterroles': [CREATED_AT],
  'rbac.authorization.k8s.io/rolebindings': ROLE_BINDING,
  'rbac.authorization.k8s.io/clusterrolebindings': ROLE_BINDING,
  'coordination.k8s.io/leases': [column('Holder', '.spec.holderIdentity'), AGE],
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': WEBHOOKS,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': WEBHOOKS,
  'admissionregistration.k8s.io/validatingadmissionpolicies': [
    column('Validations', '=validations', { type: 'integer' }),
    column('ParamKind', '=paramKind'),
    AGE,
  ],
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': [
    column('PolicyName', '.spec.policyName'),
    column('ParamRef', '=paramRef'),
    AGE,
  ],
  'apiextensions.k8s.io/customresourcedefinitions': [CREATED_AT],
};

export function builtinColumns(storage: string): readonly PrinterColumn[] {
  return COLUMNS[storage] ?? [AGE];
}
