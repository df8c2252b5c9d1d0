import { applyDatabaseDefaults } from '../defaults/mysql-database.ts';
import { makeChecker } from '../schema/checker.ts';
import { type MysqlDatabase, mysqlDatabaseSchema } from '../v1/mysql-database.ts';
import { checkClusterKept } from './cluster-ref.ts';
import type { DatabaseRule, ObjectValidation } from './rule.ts';
import { checkCollation, checkSchemaName, checkSchemaNameKept } from './schema-name.ts';

const RULES: readonly DatabaseRule[] = [checkSchemaName, checkCollation];

const checkSchema = makeChecker(mysqlDatabaseSchema);

/** Whether this is a good MysqlDatabase. All findings at once; nothing is thrown. */
export function validateMysqlDatabase(value: unknown): ObjectValidation<MysqlDatabase> {
  const shape = checkSchema(value);
  if (shape.length > 0) return { value: null, problems: shape, warnings: [] };
  const database = value as MysqlDatabase;
  const complete = applyDatabaseDefaults(database);
  const problems = RULES.flatMap((rule) => rule(complete));
  return { value: problems.length === 0 ? database : null, problems, warnings: [] };
}

/** As `validateMysqlDatabase`, and whether the schema may become this from what it was. */
export function validateMysqlDatabaseUpdate(
  before: MysqlDatabase,
  value: unknown,
): ObjectValidation<MysqlDatabase> {
  const validation = validateMysqlDatabase(value);
  if (validation.value === null) return validation;
  const [old, now] = [applyDatabaseDefaults(before), applyDatabaseDefaults(validation.value)];
  const problems = [
    ...checkClusterKept(before.spec.clusterRef, validation.value.spec.clusterRef),
    ...checkSchemaNameKept(old, now),
  ];
  return problems.length === 0 ? validation : { ...validation, value: null, problems };
}
