import { readVariableName } from '../my-cnf/variable-name.ts';
import { configText } from '../my-cnf/variable-value.ts';
import { type FieldProblem, fieldPath } from '../schema/field-problem.ts';
import type { MysqlCluster } from '../v1/mysql-cluster.ts';
import type { WarningRule } from './rule.ts';

/** Settings that are written into the data when it is made; mysqld refuses to start with others. */
const FIXED = new Set(['lower_case_table_names', 'innodb_page_size']);

export const warnOfFixedSettings: WarningRule = ({ spec }) =>
  Object.keys(spec.mysql.config)
    .filter((written) => FIXED.has(readVariableName(written).modern))
    .map((written) => ({
      field: fieldPath(['spec', 'mysql', 'config', written]),
      message: 'can be chosen only when the cluster is made: it cannot be changed later',
    }));

/** Compares with the cluster as it was. */
export function checkFixedSettings(
  before: MysqlCluster,
  after: MysqlCluster,
): readonly FieldProblem[] {
  const [old, now] = [fixedSettings(before), fixedSettings(after)];
  return [...FIXED]
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => ({
      field: fieldPath(['spec', 'mysql', 'config', name]),
      reason: 'FieldValueForbidden',
      message: `cannot be changed after the cluster was made: ${
        old.has(name) ? `put ${old.get(name)} back` : 'remove it'
      }, or restore into a new cluster`,
    }));
}

function fixedSettings(cluster: MysqlCluster): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(cluster.spec.mysql?.config ?? {})
      .map(([written, value]): [string, string] => [
        readVariableName(written).modern,
        configText(value).toUpperCase(),
      ])
      .filter(([name]) => FIXED.has(name)),
  );
}
