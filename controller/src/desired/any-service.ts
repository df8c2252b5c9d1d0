import { anyServiceName } from '@radondb/api';
import type { ClusterModel, DesiredObject } from './model.ts';
import { clientService } from './service.ts';

/** Through the proxy of any member: it follows the committed primary at once, without Kubernetes. 3306 writes, 3307 reads. */
export function anyService(model: ClusterModel): DesiredObject {
  return clientService(model, {
    name: anyServiceName(model.name),
    ports: [
      { name: 'primary', port: 3306, target: 'primaryProxy' },
      { name: 'replicas', port: 3307, target: 'replicasProxy' },
    ],
  });
}
