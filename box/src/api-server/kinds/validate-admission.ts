import { policyEnvironment } from '../admission/cel.ts';
import { type FieldError, forbiddenField, invalidField, requiredField } from '../field-error.ts';
import { isObject, type JsonObject, type KubeObject, valueAt } from '../object.ts';

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Webhook configurations: reachable by exactly one of url and service, conditions that compile. */
export function validateWebhooks(config: KubeObject): FieldError[] {
  const seen = new Set<unknown>();
  return list(config['webhooks']).flatMap((webhook, index) => {
    const at = `webhooks[${index}]`;
    const errors: FieldError[] = [];
    if (seen.has(webhook['name'])) {
      errors.push({
        type: 'FieldValueDuplicate',
        field: `${at}.name`,
        value: webhook['name'],
        detail: '',
      });
    }
    seen.add(webhook['name']);
    const client = isObject(webhook['clientConfig']) ? webhook['clientConfig'] : {};
    if ((client['url'] === undefined) === (client['service'] === undefined)) {
      errors.push(requiredField(`${at}.clientConfig`, 'exactly one of url or service is required'));
    }
    return [...errors, ...conditions(webhook['matchConditions'], `${at}.matchConditions`)];
  });
}

/** Admission policies: what this server cannot evaluate it refuses. */
export function validatePolicy(policy: KubeObject): FieldError[] {
  const errors = conditions(valueAt(policy, ['spec', 'matchConditions']), 'spec.matchConditions');
  if (valueAt(policy, ['spec', 'paramKind']) !== undefined) {
    errors.push(
      forbiddenField('spec.paramKind', 'the local API server knows no policy parameters'),
    );
  }
  if (list(valueAt(policy, ['spec', 'auditAnnotations'])).length > 0) {
    errors.push(forbiddenField('spec.auditAnnotations', 'the local API server keeps no audit log'));
  }
  for (const name of ['validations', 'variables']) {
    for (const [index, entry] of list(valueAt(policy, ['spec', name])).entries()) {
      errors.push(...expression(entry['expression'], `spec.${name}[${index}].expression`));
    }
  }
  return errors;
}

function conditions(value: unknown, path: string): FieldError[] {
  return list(value).flatMap((one, index) =>
    expression(one['expression'], `${path}[${index}].expression`),
  );
}

function expression(value: unknown, path: string): FieldError[] {
  if (typeof value !== 'string') return [requiredField(path)];
  const problem = policyEnvironment.problem(value);
  return problem === null ? [] : [invalidField(path, value, `compilation failed: ${problem}`)];
}
