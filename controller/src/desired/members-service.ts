import { membersServiceName } from '@radondb/api';
import { SERVICES } from '../runtime/resources.ts';
import { memberSelector, objectOf } from './metadata.ts';
import type { ClusterModel, DesiredObject } from './model.ts';
import { servicePort } from './service.ts';

/** Gives the members their DNS names, ready or not: they have to find each other to become ready. */
export function membersService(model: ClusterModel): DesiredObject {
  return objectOf({
    resource: SERVICES,
    model,
    name: membersServiceName(model.name),
    fields: {
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: memberSelector(model),
        ports: [
          servicePort({ name: 'mysql', port: 3306, target: 'mysql' }),
          servicePort({ name: 'raft', port: 2380, target: 'raft' }),
          servicePort({ name: 'api', port: 8443, target: 'api' }),
          servicePort({ name: 'metrics', port: 9104, target: 'metrics' }),
        ],
      },
    },
  });
}
