import { parseQuantity } from '../quantity.ts';
import type { FieldProblem } from '../schema/field-problem.ts';
import type { ProblemRule } from './rule.ts';

const LEAST_MEMORY = '512Mi';

export const checkResources: ProblemRule = ({ spec }) => {
  const { requests, limits } = spec.mysql.resources;
  const problems: FieldProblem[] = [];
  const add = (field: string, message: string): void => {
    problems.push({
      field: `spec.mysql.resources.${field}`,
      reason: 'FieldValueInvalid',
      message,
    });
  };
  for (const [part, { memory }] of Object.entries({ requests, limits })) {
    if (memory !== undefined && parseQuantity(memory) < parseQuantity(LEAST_MEMORY)) {
      add(
        `${part}.memory`,
        `must be at least ${LEAST_MEMORY}: MySQL and its agent do not start with less`,
      );
    }
  }
  for (const what of ['cpu', 'memory'] as const) {
    const [wanted, most] = [requests[what], limits[what]];
    if (wanted === undefined || most === undefined) continue;
    if (parseQuantity(wanted) > parseQuantity(most)) {
      add(`requests.${what}`, `must be at most limits.${what}, which is ${most}`);
    }
  }
  return problems;
};
