/** What is wrong with a spec beside what is there already: the webhook compares with the old spec, here only the world is known. */
import type { CompleteMysqlCluster, FieldProblem } from '@radondb/api';
import { checkNoDowngrade } from '@radondb/api/validate/mysql-version';
import { claimName } from '../../desired/volume-claim.ts';
import { readQuantity } from '../../quantity.ts';
import type { Kept } from './kept.ts';
import { type Observation, objectKey, recordOf } from './observation.ts';

export function keptProblems(
  observation: Observation,
  { spec }: CompleteMysqlCluster,
  kept: Kept | null,
): readonly FieldProblem[] {
  if (kept === null) return [];
  return [
    ...(kept.version === null ? [] : checkNoDowngrade(kept.version, spec.mysql.version)),
    ...checkSize(observation, spec.storage.size, kept),
  ];
}

function checkSize(
  { objects }: Observation,
  size: string,
  { members }: Kept,
): readonly FieldProblem[] {
  const asked = readQuantity(size) ?? 0;
  const larger = members
    .map(({ name }) => objects.get(objectKey('PersistentVolumeClaim', claimName(name))))
    .map((claim) => claimSize(claim?.['spec']))
    .find((text) => (readQuantity(text) ?? 0) > asked);
  if (larger === undefined) return [];
  return [
    {
      field: 'spec.storage.size',
      reason: 'FieldValueForbidden',
      message: `is ${size}, and the volumes have ${larger} already: volumes cannot shrink; set it to ${larger} or more`,
    },
  ];
}

/** What a claim asks for; empty when it cannot be read. */
export function claimSize(spec: unknown): string {
  const requests = recordOf(recordOf(recordOf(spec)['resources'])['requests']);
  return String(requests['storage'] ?? '');
}
