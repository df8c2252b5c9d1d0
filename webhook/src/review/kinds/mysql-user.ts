import {
  MYSQL_USER_KIND,
  mysqlUserSchema,
  validateMysqlUser,
  validateMysqlUserUpdate,
} from '@radondb/api';
import { makeChecker } from '@radondb/api/schema/checker';
import { fieldOf } from '../admission-review.ts';
import type { Reference } from '../facts.ts';
import { clusterReferences } from './cluster-references.ts';
import { validateAgainst } from './compare.ts';
import type { KindRules } from './kind-rules.ts';

export const mysqlUserRules: KindRules = {
  kind: MYSQL_USER_KIND,
  validate: validateAgainst({
    shape: makeChecker(mysqlUserSchema),
    create: validateMysqlUser,
    update: validateMysqlUserUpdate,
  }),
  references: (object, namespace) => [
    ...clusterReferences(object, namespace),
    ...secretReferences(object, namespace),
  ],
  // Who may log in must not change with the operator's version.
  pins: () => ({ spec: { hosts: ['%'] } }),
};

function secretReferences(object: unknown, namespace: string): readonly Reference[] {
  const name = fieldOf(fieldOf(fieldOf(object, 'spec'), 'passwordSecretRef'), 'name');
  return typeof name === 'string' && name !== ''
    ? [{ kind: 'Secret', namespace, name, field: 'spec.passwordSecretRef.name' }]
    : [];
}
