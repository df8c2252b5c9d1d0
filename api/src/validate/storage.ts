import type { CompleteMysqlCluster } from '../defaults/mysql-cluster.ts';
import { parseQuantity } from '../quantity.ts';
import type { ChangeRule, ProblemRule } from './rule.ts';

const MINIMUM = '1Gi';

export const checkStorageSize: ProblemRule = ({ spec }) =>
  parseQuantity(spec.storage.size) >= parseQuantity(MINIMUM)
    ? []
    : [
        {
          field: 'spec.storage.size',
          reason: 'FieldValueInvalid',
          message: `must be at least ${MINIMUM}`,
        },
      ];

/** A volume can grow, and that is all that can be done to it. */
export const checkStorageKept: ChangeRule<CompleteMysqlCluster> = (before, after) => {
  const [old, now] = [before.spec.storage, after.spec.storage];
  const shrunk = parseQuantity(now.size) < parseQuantity(old.size);
  const moved = now.storageClassName !== old.storageClassName;
  return [
    ...(shrunk
      ? [
          {
            field: 'spec.storage.size',
            reason: 'FieldValueForbidden' as const,
            message: `cannot shrink: put ${old.size} back, or load a dump into a new cluster`,
          },
        ]
      : []),
    ...(moved
      ? [
          {
            field: 'spec.storage.storageClassName',
            reason: 'FieldValueForbidden' as const,
            message: `cannot be changed: ${
              old.storageClassName === undefined ? 'remove it' : `put ${old.storageClassName} back`
            }, or load a dump into a new cluster`,
          },
        ]
      : []),
  ];
};
