import { ROLE_LABEL, replicasServiceName } from '@radondb/api';
import type { ClusterModel, DesiredObject } from './model.ts';
import { clientService } from './service.ts';

/** Whose endpoints are the replicas that are fit to read from: a member that is not is not ready. */
export function replicasService(model: ClusterModel): DesiredObject {
  return clientService(model, {
    name: replicasServiceName(model.name),
    ports: [{ name: 'mysql', port: 3306, target: 'mysql' }],
    selector: { [ROLE_LABEL]: 'replica' },
  });
}
