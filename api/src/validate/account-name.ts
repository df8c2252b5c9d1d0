import type { CompleteMysqlUser } from '../defaults/mysql-user.ts';
import {
  RESERVED_USER_PREFIXES,
  RESERVED_USERS,
  USER_LENGTH,
  USER_PATTERN,
  userMessage,
} from '../v1/identifiers.ts';
import type { ChangeRule, UserRule } from './rule.ts';

const FIELD = 'spec.user';
const pattern = new RegExp(USER_PATTERN, 'u');

/** The object's name stands in for `spec.user`, and need not be a good one. */
export const checkUserName: UserRule = ({ spec: { user } }) => {
  const lower = user.toLowerCase();
  if (
    RESERVED_USERS.some((name) => name === lower) ||
    RESERVED_USER_PREFIXES.some((prefix) => lower.startsWith(prefix))
  ) {
    return [
      {
        field: FIELD,
        reason: 'FieldValueForbidden',
        message: `${user} is an account of the server or of the operator (root, mysql.…, radondb_…): take another name`,
      },
    ];
  }
  if (user.length <= USER_LENGTH && pattern.test(user)) return [];
  return [
    {
      field: FIELD,
      reason: 'FieldValueInvalid',
      message: `${userMessage}, not ${JSON.stringify(user)}`,
    },
  ];
};

export const checkUserNameKept: ChangeRule<CompleteMysqlUser> = (before, after) =>
  before.spec.user === after.spec.user
    ? []
    : [
        {
          field: FIELD,
          reason: 'FieldValueForbidden',
          message: `cannot be changed: put ${before.spec.user} back, and make another MysqlUser for the other name`,
        },
      ];
