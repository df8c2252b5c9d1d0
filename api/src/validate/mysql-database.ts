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
  // What has not the shape of a schema cannot be compared with one.
  if (validation.value === null && checkSchema(value).length > 0) return validation;
  const after = value as MysqlDatabase;
  const changes = [
    ...checkClusterKept(before.spec.clusterRef, after.spec.clusterRef),
    ...checkSchemaNameKept(applyDatabaseDefaults(before), applyDatabaseDefaults(after)),
  ];
  if (changes.length === 0) return validation;
  return { ...validation, value: null, problems: [...validation.problems, ...changes] };
}
