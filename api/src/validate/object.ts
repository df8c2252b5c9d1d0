import type { FieldProblem } from '../schema/field-problem.ts';
import { MYSQL_CLUSTER_KIND, type MysqlCluster } from '../v1/mysql-cluster.ts';
import { MYSQL_DATABASE_KIND, type MysqlDatabase } from '../v1/mysql-database.ts';
import { MYSQL_USER_KIND, type MysqlUser } from '../v1/mysql-user.ts';
import { validateMysqlCluster, validateMysqlClusterUpdate } from './mysql-cluster.ts';
import { validateMysqlDatabase, validateMysqlDatabaseUpdate } from './mysql-database.ts';
import { validateMysqlUser, validateMysqlUserUpdate } from './mysql-user.ts';
import type { FieldWarning } from './rule.ts';

export interface Findings {
  readonly problems: readonly FieldProblem[];
  readonly warnings: readonly FieldWarning[];
}

type Check = (before: unknown, value: unknown) => Findings;

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  [
    MYSQL_CLUSTER_KIND,
    (before, value) =>
      before === undefined
        ? validateMysqlCluster(value)
        : validateMysqlClusterUpdate(before as MysqlCluster, value),
  ],
  [
    MYSQL_USER_KIND,
    (before, value) =>
      before === undefined
        ? validateMysqlUser(value)
        : validateMysqlUserUpdate(before as MysqlUser, value),
  ],
  [
    MYSQL_DATABASE_KIND,
    (before, value) =>
      before === undefined
        ? validateMysqlDatabase(value)
        : validateMysqlDatabaseUpdate(before as MysqlDatabase, value),
  ],
]);

/**
 * What is to be said about an object of any of our kinds.
 *
 * @param before what is stored now, which has been checked; undefined: it is being made
 * @returns undefined when the kind is not ours
 */
export function validateObject(
  kind: string,
  value: unknown,
  before?: unknown,
): Findings | undefined {
  return CHECKS.get(kind)?.(before, value);
}
