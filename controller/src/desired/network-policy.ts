import { statefulSetName } from '@radondb/api';
import { MEMBER_PORTS, type MemberPortName } from '@radondb/api/cluster-config';
import { NETWORK_POLICIES } from '../runtime/resources.ts';
import { memberSelector, objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';

/** Label of the controller's pods. */
export const CONTROLLER_LABELS = Object.freeze({ 'app.kubernetes.io/name': 'radondb-controller' });

/**
 * MySQL and the metrics are for whoever may reach the namespace; raft is for the members, the agents' API for them and the
 * controller. Both ask for certificates besides.
 */
export function networkPolicy(model: ClusterModel): DesiredObject {
  const members = { podSelector: { matchLabels: memberSelector(model) } };
  const controller = {
    namespaceSelector: {
      matchLabels: { 'kubernetes.io/metadata.name': model.operator.namespace },
    },
    podSelector: { matchLabels: CONTROLLER_LABELS },
  };
  return objectOf({
    resource: NETWORK_POLICIES,
    model,
    name: statefulSetName(model.name),
    fields: {
      spec: {
        podSelector: { matchLabels: memberSelector(model) },
        policyTypes: ['Ingress'],
        ingress: [
          { ports: portsOf('mysql', 'primaryProxy', 'replicasProxy', 'metrics') },
          { from: [members], ports: portsOf('raft') },
          { from: [members, controller], ports: portsOf('api') },
        ],
      },
    },
  });
}

function portsOf(...names: readonly MemberPortName[]) {
  return names.map((name) => ({ protocol: 'TCP', port: MEMBER_PORTS[name] }));
}
