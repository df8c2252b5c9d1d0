/** Keeps the accounts of MysqlUsers. */
import { type DeclaredDeps, reconcileDeclared } from '../../accounts/reconcile-declared.ts';
import type { Reconcile } from '../../runtime/ports.ts';
import { MYSQL_USERS } from '../../runtime/resources.ts';
import { type ObserveUserDeps, observeUser } from './observe.ts';
import { accountsOf, planUser } from './plan.ts';

export interface MysqlUserDeps extends DeclaredDeps, Pick<ObserveUserDeps, 'usersOf'> {}

export function createMysqlUserReconcile(deps: MysqlUserDeps): Reconcile {
  return reconcileDeclared(
    {
      resource: MYSQL_USERS,
      plan: async (object, _deps, signal) => {
        const observation = await observeUser(deps, object, signal);
        const accounts = observation.user === null ? [] : accountsOf(observation.user);
        const { password } = observation;
        return {
          plan: planUser(observation),
          inForce: `${accounts.join(', ')} can log in.`,
          status: {
            accounts,
            ...(password.kind === 'found' ? { passwordVersion: password.version } : {}),
          },
        };
      },
    },
    deps,
  );
}
