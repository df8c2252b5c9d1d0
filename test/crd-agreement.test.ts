import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type FieldProblem,
  type MysqlCluster,
  type MysqlDatabase,
  type MysqlUser,
  validateMysqlCluster,
  validateMysqlClusterUpdate,
  validateMysqlDatabase,
  validateMysqlDatabaseUpdate,
  validateMysqlUser,
  validateMysqlUserUpdate,
} from '@radondb/api';
import { ACCOUNT_CASES } from './integration/crd/account-cases.ts';
import { goodObject, type Kind, named, objectOf } from './integration/crd/case.ts';
import { CLUSTER_CASES } from './integration/crd/cluster-cases.ts';

type Result = { readonly problems: readonly FieldProblem[] };

const CREATE: Readonly<Record<Kind, (value: unknown) => Result>> = {
  MysqlCluster: validateMysqlCluster,
  MysqlUser: validateMysqlUser,
  MysqlDatabase: validateMysqlDatabase,
};
const UPDATE: Readonly<Record<Kind, (before: unknown, value: unknown) => Result>> = {
  MysqlCluster: (before, value) => validateMysqlClusterUpdate(before as MysqlCluster, value),
  MysqlUser: (before, value) => validateMysqlUserUpdate(before as MysqlUser, value),
  MysqlDatabase: (before, value) => validateMysqlDatabaseUpdate(before as MysqlDatabase, value),
};

/** `spec.pod.labels` and `spec.pod.labels[a.b/c]` are about the same. */
const isAbout = (a: string, b: string): boolean => {
  const [one = '', other = ''] = [a, b].map((path) => path.replaceAll(/\[([^\]]+)\]/g, '.$1'));
  return one.startsWith(other) || other.startsWith(one);
};

describe('our own checks say what the API server says', () => {
  for (const rule of named([...CLUSTER_CASES, ...ACCOUNT_CASES])) {
    const { name, kind, objectName, before, bad, refused } = rule;
    const check = (value: unknown): Result =>
      before === undefined
        ? CREATE[kind](value)
        : UPDATE[kind](objectOf(kind, objectName, before), value);

    it(`${kind}: ${name}`, () => {
      const { problems } = check(objectOf(kind, objectName, bad));
      const fields = problems.map(({ field }) => field);
      for (const { field } of refused) {
        assert.ok(
          fields.some((found) => isAbout(found, field)),
          `${field} is not among ${fields.join(', ')}`,
        );
      }
      for (const field of fields) {
        assert.ok(
          refused.some((expected) => isAbout(expected.field, field)),
          `${field} is refused only here`,
        );
      }
      assert.deepEqual(check(goodObject(rule)).problems, [], 'the good one');
    });
  }
});
