import { CelEnvironment } from '../schema/cel-environment.ts';
import { toCel } from '../schema/cel-value.ts';
import type { AdmissionRequest } from './request.ts';

/** What expressions of webhooks' match conditions and of admission policies may speak of. */
export const policyEnvironment = new CelEnvironment([
  'object',
  'oldObject',
  'request',
  'namespaceObject',
  'params',
  'variables',
]);

export function policyVariables(
  request: AdmissionRequest,
  namespace: unknown,
): Record<string, unknown> {
  return {
    object: toCel(request.object),
    oldObject: toCel(request.oldObject),
    request: toCel({ ...request, object: undefined, oldObject: undefined }),
    namespaceObject: toCel(namespace ?? null),
    params: null,
  };
}

export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/**
 * Whether every condition holds. One that is false settles it, even if another cannot be evaluated.
 * @throws the error of a condition that cannot be evaluated.
 */
export function conditionsHold(
  conditions: readonly MatchCondition[],
  variables: Record<string, unknown>,
): boolean {
  let failure: unknown;
  let failed = false;
  for (const { expression } of conditions) {
    try {
      if (policyEnvironment.evaluate(expression, variables) !== true) return false;
    } catch (error) {
      failure = error;
      failed = true;
    }
  }
  if (failed) throw failure as Error;
  return true;
}
