/** The controller's work while it leads: reconcilers over shared caches. */
import type { Logger } from 'pino';
import { ACCOUNT_EVENT_REASONS } from './accounts/reasons.ts';
import {
  databasesOf,
  mysqlDatabaseSources,
  mysqlUserSources,
  usersOf,
} from './accounts/sources.ts';
import type { OperatorSettings } from './desired/model-of.ts';
import { createMemberClient } from './members/member-client.ts';
import { EVENT_REASONS } from './reconcilers/mysql-cluster/actions.ts';
import { createMysqlClusterReconcile } from './reconcilers/mysql-cluster/reconcile.ts';
import { createMysqlDatabaseReconcile } from './reconcilers/mysql-database/reconcile.ts';
import { createMysqlUserReconcile } from './reconcilers/mysql-user/reconcile.ts';
import { createEventRecorder } from './runtime/events/event-recorder.ts';
import type { RuntimeMetrics } from './runtime/metrics.ts';
import type { KubeClient } from './runtime/ports.ts';
import { runController } from './runtime/run-controller.ts';
import type { Sources } from './sources.ts';

/** Reconciles of different clusters at the same time: each waits for its members most of its time. */
const WORKERS = 16;

export interface ControllersOptions {
  /** Fenced by the term: whoever is no longer leader writes nothing. */
  readonly client: KubeClient;
  readonly sources: Sources;
  readonly operator: OperatorSettings;
  /** Name of this process, in events. */
  readonly instance: string;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
  /** Graceful end. */
  readonly stop: AbortSignal;
  /** End at once: the lease is lost. */
  readonly fence: AbortSignal;
}

/** Resolves when it was stopped or fenced and nothing is under way any more. */
export async function runControllers(options: ControllersOptions): Promise<void> {
  const { client, sources, operator, logger, metrics, stop, fence } = options;
  const members = createMemberClient();
  const events = createEventRecorder({
    ...{
      client,
      logger,
      reasons: [...Object.values(EVENT_REASONS), ...Object.values(ACCOUNT_EVENT_REASONS)],
    },
    reportingController: 'radondb.com/controller',
    reportingInstance: options.instance,
    onDropped: (why) => metrics.onEventDropped(why),
  });
  const over = new AbortController();
  const telling = events.run(AbortSignal.any([over.signal, fence]));
  const shared = { client, members, events, read: sources.read, now: () => Date.now() };
  const { clusters, users, databases, namespaces, secrets } = sources.declared;
  const common = { workers: WORKERS, stop, fence, logger, observer: metrics.controllers };
  const controllers = {
    mysqlcluster: runController({
      ...{ ...common, name: 'mysqlcluster', sources: sources.keys },
      reconcile: createMysqlClusterReconcile({ ...shared, operator }),
    }),
    mysqluser: runController({
      ...{ ...common, name: 'mysqluser' },
      sources: mysqlUserSources({ objects: users, clusters, namespaces, secrets }),
      reconcile: createMysqlUserReconcile({ ...shared, usersOf: usersOf(users.store) }),
    }),
    mysqldatabase: runController({
      ...{ ...common, name: 'mysqldatabase' },
      sources: mysqlDatabaseSources({ objects: databases, clusters, namespaces }),
      reconcile: createMysqlDatabaseReconcile({
        ...{ ...shared, databasesOf: databasesOf(databases.store) },
      }),
    }),
  };
  for (const [name, controller] of Object.entries(controllers))
    metrics.watchController(name, controller);
  await Promise.all(Object.values(controllers).map(({ done }) => done));
  over.abort(new Error('the controller has stopped'));
  await telling;
  members.close();
}
