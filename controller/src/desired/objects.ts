/** Everything that exists for a cluster but its Secrets, in the order in which it is made. */
import { anyService } from './any-service.ts';
import { configMap } from './config-map.ts';
import { membersService } from './members-service.ts';
import type { ClusterModel, DesiredObject } from './model.ts';
import { networkPolicy } from './network-policy.ts';
import { podDisruptionBudget } from './pod-disruption-budget.ts';
import { primaryService } from './primary-service.ts';
import { replicasService } from './replicas-service.ts';
import { role } from './role.ts';
import { roleBinding } from './role-binding.ts';
import { serviceAccount } from './service-account.ts';
import { statefulSet } from './stateful-set.ts';

/** The StatefulSet comes last: its pods need the others. */
export function desiredObjects(model: ClusterModel): readonly DesiredObject[] {
  return [
    serviceAccount(model),
    role(model),
    roleBinding(model),
    configMap(model),
    membersService(model),
    primaryService(model),
    replicasService(model),
    anyService(model),
    podDisruptionBudget(model),
    networkPolicy(model),
    statefulSet(model),
  ];
}
