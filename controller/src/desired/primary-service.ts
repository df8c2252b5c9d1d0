import { primaryServiceName, ROLE_LABEL } from '@radondb/api';
import type { ClusterModel, DesiredObject } from './model.ts';
import { clientService } from './service.ts';

/** Whose endpoint is the primary: straight to its mysqld. */
export function primaryService(model: ClusterModel): DesiredObject {
  return clientService(model, {
    name: primaryServiceName(model.name),
    ports: [{ name: 'mysql', port: 3306, target: 'mysql' }],
    selector: { [ROLE_LABEL]: 'primary' },
  });
}
