import { applyUserDefaults } from '../defaults/mysql-user.ts';
import { makeChecker } from '../schema/checker.ts';
import { type MysqlUser, mysqlUserSchema } from '../v1/mysql-user.ts';
import { checkUserName, checkUserNameKept } from './account-name.ts';
import { checkAccountTls } from './account-tls.ts';
import { checkClusterKept } from './cluster-ref.ts';
import { checkGrants } from './grants.ts';
import { checkHosts } from './hosts.ts';
import { checkKeepOldPassword } from './keep-old-password.ts';
import type { ObjectValidation, UserRule } from './rule.ts';

const RULES: readonly UserRule[] = [
  checkUserName,
  checkHosts,
  checkGrants,
  checkAccountTls,
  checkKeepOldPassword,
];

const checkSchema = makeChecker(mysqlUserSchema);

/** Whether this is a good MysqlUser. All findings at once; nothing is thrown. */
export function validateMysqlUser(value: unknown): ObjectValidation<MysqlUser> {
  const shape = checkSchema(value);
  if (shape.length > 0) return { value: null, problems: shape, warnings: [] };
  const user = value as MysqlUser;
  const complete = applyUserDefaults(user);
  const problems = RULES.flatMap((rule) => rule(complete));
  return { value: problems.length === 0 ? user : null, problems, warnings: [] };
}

/** As `validateMysqlUser`, and whether the account may become this from what it was. */
export function validateMysqlUserUpdate(
  before: MysqlUser,
  value: unknown,
): ObjectValidation<MysqlUser> {
  const validation = validateMysqlUser(value);
  // What has not the shape of an account cannot be compared with one.
  if (validation.value === null && checkSchema(value).length > 0) return validation;
  const after = value as MysqlUser;
  const changes = [
    ...checkClusterKept(before.spec.clusterRef, after.spec.clusterRef),
    ...checkUserNameKept(applyUserDefaults(before), applyUserDefaults(after)),
  ];
  if (changes.length === 0) return validation;
  return { ...validation, value: null, problems: [...validation.problems, ...changes] };
}
