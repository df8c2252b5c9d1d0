/** Keeps the schemas of MysqlDatabases. */
import { type DeclaredDeps, reconcileDeclared } from '../../accounts/reconcile-declared.ts';
import type { Reconcile } from '../../runtime/ports.ts';
import { MYSQL_DATABASES } from '../../runtime/resources.ts';
import { type ObserveDatabaseDeps, observeDatabase } from './observe.ts';
import { planDatabase } from './plan.ts';

export interface MysqlDatabaseDeps extends DeclaredDeps, Pick<ObserveDatabaseDeps, 'databasesOf'> {}

export function createMysqlDatabaseReconcile(deps: MysqlDatabaseDeps): Reconcile {
  return reconcileDeclared(
    {
      resource: MYSQL_DATABASES,
      plan: async (object, _deps, signal) => {
        const observation = await observeDatabase(deps, object, signal);
        const schema = observation.database?.spec.name ?? '';
        return {
          plan: planDatabase(observation),
          inForce: `Schema ${schema} exists.`,
          status: { schema },
        };
      },
    },
    deps,
  );
}
