import {
  MYSQL_DATABASE_KIND,
  mysqlDatabaseSchema,
  validateMysqlDatabase,
  validateMysqlDatabaseUpdate,
} from '@radondb/api';
import { makeChecker } from '@radondb/api/schema/checker';
import { clusterReferences } from './cluster-references.ts';
import { validateAgainst } from './compare.ts';
import type { KindRules } from './kind-rules.ts';

export const mysqlDatabaseRules: KindRules = {
  kind: MYSQL_DATABASE_KIND,
  validate: validateAgainst({
    shape: makeChecker(mysqlDatabaseSchema),
    create: validateMysqlDatabase,
    update: validateMysqlDatabaseUpdate,
  }),
  references: clusterReferences,
  // The character set has a default in the schema, which the API server writes down itself.
  pins: () => ({}),
};
