import type { JsonObject, KubeObject } from '../object.ts';
import { celErrorText } from '../schema/cel-environment.ts';
import { forbidden, resourceName, StatusError } from '../status-error.ts';
import { matchesSelector } from '../store/selectors.ts';
import type { Store } from '../store/store.ts';
import { conditionsHold, type MatchCondition, policyEnvironment, policyVariables } from './cel.ts';
import { type AdmissionRequest, type Rule, ruleMatches } from './request.ts';
import { namespaceOf } from './webhooks.ts';

interface MatchResources {
  readonly resourceRules?: readonly Rule[];
  readonly excludeResourceRules?: readonly Rule[];
  readonly namespaceSelector?: JsonObject;
  readonly objectSelector?: JsonObject;
}

interface Policy extends KubeObject {
  readonly spec: {
    failurePolicy?: 'Fail' | 'Ignore';
    matchConstraints?: MatchResources;
    matchConditions?: MatchCondition[];
    variables?: { name: string; expression: string }[];
    validations?: {
      expression: string;
      message?: string;
      messageExpression?: string;
      reason?: string;
    }[];
  };
}

interface Binding extends KubeObject {
  readonly spec: {
    policyName: string;
    validationActions: string[];
    matchResources?: MatchResources;
  };
}

const GROUP = 'admissionregistration.k8s.io';

/** Evaluates every ValidatingAdmissionPolicy that is bound. @throws StatusError of the first denial. */
export function checkPolicies(
  store: Store,
  request: AdmissionRequest,
  warn: (text: string) => void,
): void {
  if (request.resource.group === GROUP) return;
  const bindings = store.list(`${GROUP}/validatingadmissionpolicybindings/`) ?? [];
  for (const [, object] of bindings) {
    const binding = object as Binding;
    const policy = store.get(`${GROUP}/validatingadmissionpolicies//${binding.spec.policyName}`) as
      | Policy
      | undefined;
    if (policy === undefined || !concerns(store, policy.spec.matchConstraints, request, true))
      continue;
    if (!concerns(store, binding.spec.matchResources, request, false)) continue;
    for (const failure of failures(store, policy, request)) {
      const text = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${failure.message}`;
      if (binding.spec.validationActions.includes('Deny'))
        throw denial(request, text, failure.reason);
      if (binding.spec.validationActions.includes('Warn')) {
        warn(
          `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}': ${failure.message}`,
        );
      }
    }
  }
}

function concerns(
  store: Store,
  match: MatchResources | undefined,
  request: AdmissionRequest,
  needsRules: boolean,
): boolean {
  if (match === undefined) return !needsRules;
  const rules = match.resourceRules ?? [];
  if ((needsRules || rules.length > 0) && !rules.some((rule) => ruleMatches(rule, request)))
    return false;
  if (match.excludeResourceRules?.some((rule) => ruleMatches(rule, request)) === true) return false;
  const namespace = namespaceOf(store, request);
  const labelled = [request.object, request.oldObject].some(
    (object) => object !== null && matchesSelector(match.objectSelector, object.metadata.labels),
  );
  return (
    labelled &&
    (namespace === undefined || matchesSelector(match.namespaceSelector, namespace.metadata.labels))
  );
}

interface Failure {
  readonly message: string;
  readonly reason: string | undefined;
}

function failures(store: Store, policy: Policy, request: AdmissionRequest): Failure[] {
  const { spec } = policy;
  const variables = policyVariables(request, namespaceOf(store, request));
  const isStrict = spec.failurePolicy !== 'Ignore';
  try {
    if (!conditionsHold(spec.matchConditions ?? [], variables)) return [];
  } catch (error) {
    return isStrict ? [{ message: celErrorText(error), reason: undefined }] : [];
  }
  defineVariables(spec.variables ?? [], variables);
  return (spec.validations ?? []).flatMap((validation) => {
    try {
      if (policyEnvironment.evaluate(validation.expression, variables) === true) return [];
    } catch (error) {
      const message = `expression '${validation.expression}' resulted in error: ${celErrorText(error)}`;
      return isStrict ? [{ message, reason: validation.reason }] : [];
    }
    return [{ message: messageOf(validation, variables), reason: validation.reason }];
  });
}

/** Variables are evaluated where they are used: one that cannot be is an error only there. */
function defineVariables(
  definitions: readonly { name: string; expression: string }[],
  variables: Record<string, unknown>,
): void {
  const values: Record<string, unknown> = {};
  variables['variables'] = values;
  for (const { name, expression } of definitions) {
    Object.defineProperty(values, name, {
      enumerable: true,
      get: () => policyEnvironment.evaluate(expression, variables),
    });
  }
}

function messageOf(
  validation: { expression: string; message?: string; messageExpression?: string },
  variables: Record<string, unknown>,
): string {
  if (validation.messageExpression !== undefined) {
    try {
      const made = policyEnvironment.evaluate(validation.messageExpression, variables);
      if (typeof made === 'string' && made.trim() !== '') return made;
    } catch {
      // Falls back to the fixed message.
    }
  }
  return validation.message?.trim() ?? `failed expression: ${validation.expression}`;
}

const CODES: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  Invalid: 422,
  RequestEntityTooLarge: 413,
};

function denial(request: AdmissionRequest, message: string, reason = 'Invalid'): StatusError {
  const resource = { group: request.resource.group, plural: request.resource.resource };
  const { details } = forbidden(resource, request.name, message).status;
  const text = `${resourceName(resource)} "${request.name}" is forbidden: ${message}`;
  return new StatusError(CODES[reason] ?? 422, reason, text, { ...details, causes: [{ message }] });
}
