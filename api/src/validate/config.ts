import { checkConfig } from '../my-cnf/check-config.ts';
import type { FieldProblem } from '../schema/field-problem.ts';
import { type ConfigValue, MYSQL_VERSIONS } from '../v1/values.ts';

/**
 * The settings of a value that may be anything: a person who has misspelt a field elsewhere wants to
 * hear about a forbidden setting in the same answer. What is no setting at all is the schema's job.
 */
export function checkConfigOf(value: unknown): readonly FieldProblem[] {
  const mysql = fieldOf(fieldOf(value, 'spec'), 'mysql');
  const config = fieldOf(mysql, 'config');
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return [];
  const entries = Object.entries(config).filter((entry): entry is [string, ConfigValue] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  const wanted = fieldOf(mysql, 'version');
  const version = MYSQL_VERSIONS.find((known) => known === wanted) ?? MYSQL_VERSIONS[0];
  return checkConfig(Object.fromEntries(entries), version);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
