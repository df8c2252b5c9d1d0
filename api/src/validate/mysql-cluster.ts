import { applyDefaults } from '../defaults/mysql-cluster.ts';
import { makeChecker } from '../schema/checker.ts';
import type { FieldProblem } from '../schema/field-problem.ts';
import { type MysqlCluster, mysqlClusterSchema } from '../v1/mysql-cluster.ts';
import { checkAccountNamespaces } from './account-namespaces.ts';
import { checkConfigOf } from './config.ts';
import { warnOfEvenReplicas } from './even-replicas.ts';
import { checkFailoverDelay } from './failover-delay.ts';
import { warnOfFailoverOff } from './failover-off.ts';
import { checkFixedSettings, warnOfFixedSettings } from './fixed-at-creation.ts';
import { checkNoDowngrade } from './mysql-version.ts';
import { checkPodKeys, checkSelectors, checkSpread, checkTolerations } from './pod.ts';
import { checkResources } from './resources.ts';
import type { FieldWarning, ProblemRule, WarningRule } from './rule.ts';
import { checkStorageKept, checkStorageSize } from './storage.ts';

const PROBLEM_RULES: readonly ProblemRule[] = [
  checkFailoverDelay,
  checkStorageSize,
  checkResources,
  checkAccountNamespaces,
  checkSelectors,
  checkPodKeys,
  checkTolerations,
  checkSpread,
];
const WARNING_RULES: readonly WarningRule[] = [
  warnOfEvenReplicas,
  warnOfFailoverOff,
  warnOfFixedSettings,
];

/** Everything that there is to say about a cluster. */
export interface Validation {
  /** The value with its type, when there are no problems; nothing is filled in. Else null. */
  readonly cluster: MysqlCluster | null;
  readonly problems: readonly FieldProblem[];
  readonly warnings: readonly FieldWarning[];
}

const checkSchema = makeChecker(mysqlClusterSchema);

/** Whether this is a good MysqlCluster. All findings at once; nothing is thrown. */
export function validateMysqlCluster(value: unknown): Validation {
  const shape = checkSchema(value);
  const settings = checkConfigOf(value);
  if (shape.length > 0) {
    return { cluster: null, problems: [...shape, ...settings], warnings: [] };
  }
  const cluster = value as MysqlCluster;
  const complete = applyDefaults(cluster);
  const problems = [...settings, ...PROBLEM_RULES.flatMap((rule) => rule(complete))];
  const warnings = WARNING_RULES.flatMap((rule) => rule(complete));
  return { cluster: problems.length === 0 ? cluster : null, problems, warnings };
}

/** As `validateMysqlCluster`, and whether the cluster may become this from what it was. */
export function validateMysqlClusterUpdate(before: MysqlCluster, value: unknown): Validation {
  const validation = validateMysqlCluster(value);
  // What has not the shape of a cluster cannot be compared with one.
  if (validation.cluster === null && checkSchema(value).length > 0) return validation;
  const after = value as MysqlCluster;
  const [old, now] = [applyDefaults(before), applyDefaults(after)];
  const changes = [
    ...checkNoDowngrade(old.spec.mysql.version, now.spec.mysql.version),
    ...checkFixedSettings(before, after),
    ...checkStorageKept(old, now),
  ];
  if (changes.length === 0) return validation;
  return { ...validation, cluster: null, problems: [...validation.problems, ...changes] };
}
