import type { FieldProblem } from '../schema/field-problem.ts';

/** MySQL cannot open data that a later series has written. */
export function checkNoDowngrade(before: string, after: string): readonly FieldProblem[] {
  if (Number.parseFloat(after) >= Number.parseFloat(before)) return [];
  return [
    {
      field: 'spec.mysql.version',
      reason: 'FieldValueForbidden',
      message: `cannot go from ${before} back to ${after}: MySQL cannot read the newer data; put "${before}" back, or load a dump into a new cluster`,
    },
  ];
}
