import {
  DEFAULT_MYSQL_CLUSTER_SPEC,
  MYSQL_CLUSTER_KIND,
  type MysqlCluster,
  mysqlClusterSchema,
  validateMysqlCluster,
  validateMysqlClusterUpdate,
} from '@radondb/api';
import { makeChecker } from '@radondb/api/schema/checker';
import type { KindRules } from './kind-rules.ts';

const checkShape = makeChecker(mysqlClusterSchema);

export const mysqlClusterRules: KindRules = {
  kind: MYSQL_CLUSTER_KIND,
  validate: (object, oldObject) =>
    // What was stored under an earlier schema may have any shape: it cannot be compared with then.
    oldObject !== undefined && checkShape(oldObject).length === 0
      ? validateMysqlClusterUpdate(oldObject as MysqlCluster, object)
      : validateMysqlCluster(object),
  references: () => [],
  // Tomorrow's operator has another newest series, and must not upgrade anyone's database by that.
  pins: { spec: { mysql: { version: DEFAULT_MYSQL_CLUSTER_SPEC.mysql.version } } },
};
