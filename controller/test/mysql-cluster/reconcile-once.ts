/** One reconcile of a `World`, whole or cut off after some of its writes. */
import type { Plan } from '../../src/reconcilers/mysql-cluster/actions.ts';
import { applyActions } from '../../src/reconcilers/mysql-cluster/apply.ts';
import { planMysqlCluster } from '../../src/reconcilers/mysql-cluster/plan.ts';
import { MYSQL_CLUSTERS } from '../../src/runtime/resources.ts';
import type { World } from './world.ts';

/** The controller's process ends here. */
export class Killed extends Error {}

/** @param most after so many writes the controller is killed; the plan that it had is given back */
export async function reconcileOnce(world: World, most = Number.POSITIVE_INFINITY): Promise<Plan> {
  const observation = await world.observe();
  const plan = planMysqlCluster(observation);
  let left = most;
  const counted = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...given: unknown[]): unknown => {
          if (left <= 0) throw new Killed();
          left -= 1;
          return Reflect.apply(method, target, given);
        };
      },
    });
  const deps = {
    client: counted(world.client),
    members: counted(world.members),
    record: (event: (typeof world.events)[number]) => void world.events.push(event),
  };
  try {
    await applyActions(deps, observation, plan.actions, new AbortController().signal);
  } catch (error) {
    if (error instanceof Killed) return plan;
    throw error;
  }
  world.put(MYSQL_CLUSTERS, { ...world.cluster, status: plan.status });
  return plan;
}

/** Reconciles and lets the world move until nothing is planned any more. @throws when that does not happen */
export async function converge(world: World): Promise<Plan> {
  for (let turn = 0; turn < 60; turn += 1) {
    const plan = await reconcileOnce(world);
    const isCalm = plan.actions.length === 0 && plan.outcome === 'up to date';
    world.settle();
    if (isCalm && turn > 0) {
      const next = planMysqlCluster(await world.observe());
      if (next.actions.length === 0) return next;
    }
  }
  const { outcome, actions } = planMysqlCluster(await world.observe());
  throw new Error(`it never came to rest: ${outcome}; ${JSON.stringify(actions).slice(0, 2_000)}`);
}
