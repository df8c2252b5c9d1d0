/** What the three Services for clients have in common. */
import { MEMBER_PORTS, type MemberPortName } from '@radondb/api/cluster-config';
import { SERVICES } from '../runtime/resources.ts';
import { memberSelector, objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';

export interface ServicePort {
  /** Name of the port in the Service. */
  readonly name: string;
  /** Port that clients connect to. */
  readonly port: number;
  /** The members' port behind it. */
  readonly target: MemberPortName;
}

export function clientService(
  model: ClusterModel,
  options: {
    readonly name: string;
    readonly ports: readonly ServicePort[];
    readonly selector?: Readonly<Record<string, string>>;
  },
): DesiredObject {
  return objectOf({
    resource: SERVICES,
    model,
    name: options.name,
    annotations: model.service.annotations,
    fields: {
      spec: {
        type: model.service.type,
        selector: { ...memberSelector(model), ...options.selector },
        ports: options.ports.map((port) => servicePort(port)),
      },
    },
  });
}

export function servicePort({ name, port, target }: ServicePort) {
  return { name, port, targetPort: MEMBER_PORTS[target], protocol: 'TCP' };
}
