import {
  DEFAULT_MYSQL_CLUSTER_SPEC,
  MYSQL_CLUSTER_KIND,
  mysqlClusterSchema,
  validateMysqlCluster,
  validateMysqlClusterUpdate,
} from '@radondb/api';
import { makeChecker } from '@radondb/api/schema/checker';
import { fieldOf } from '../admission-review.ts';
import { validateAgainst } from './compare.ts';
import type { KindRules } from './kind-rules.ts';

export const mysqlClusterRules: KindRules = {
  kind: MYSQL_CLUSTER_KIND,
  validate: validateAgainst({
    shape: makeChecker(mysqlClusterSchema),
    create: validateMysqlCluster,
    update: validateMysqlClusterUpdate,
  }),
  references: () => [],
  // Tomorrow's operator has another newest series, and must not upgrade anyone's database by that.
  pins: (object, { images }) => {
    const chosen = fieldOf(fieldOf(fieldOf(object, 'spec'), 'mysql'), 'version');
    const version = typeof chosen === 'string' ? chosen : DEFAULT_MYSQL_CLUSTER_SPEC.mysql.version;
    const image = Object.hasOwn(images, version) ? images[version] : undefined;
    return { spec: { mysql: { version, ...(image !== undefined && { image }) } } };
  },
};
