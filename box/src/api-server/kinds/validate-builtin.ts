import { type FieldError, forbiddenField, invalidField } from '../field-error.ts';
import { deepEqual, isObject, type KubeObject, valueAt } from '../object.ts';
import { validatePolicy, validateWebhooks } from './validate-admission.ts';
import { validateCrd } from './validate-crd.ts';

/** What the API server holds for kinds of its own beyond their schema: what our controller can run into. */
export function validateBuiltin(
  storage: string,
  object: KubeObject,
  old: KubeObject | null,
): FieldError[] {
  switch (storage) {
    case 'apps/statefulsets':
      return [
        ...validateSelector(object),
        ...(old === null ? [] : validateStatefulSetUpdate(object, old)),
      ];
    case '/secrets':
      return old === null ? [] : [...immutable(object, old, ['type']), ...sealed(object, old)];
    case '/configmaps':
      return old === null ? [] : sealed(object, old);
    case '/services':
      return old === null ? [] : validateServiceUpdate(object, old);
    case 'rbac.authorization.k8s.io/rolebindings':
    case 'rbac.authorization.k8s.io/clusterrolebindings':
      return old === null ? [] : immutable(object, old, ['roleRef'], 'cannot change roleRef');
    case 'apiextensions.k8s.io/customresourcedefinitions':
      return validateCrd(object, old);
    case 'admissionregistration.k8s.io/mutatingwebhookconfigurations':
    case 'admissionregistration.k8s.io/validatingwebhookconfigurations':
      return validateWebhooks(object);
    case 'admissionregistration.k8s.io/validatingadmissionpolicies':
      return validatePolicy(object);
    default:
      return [];
  }
}

function immutable(
  object: KubeObject,
  old: KubeObject,
  path: readonly string[],
  why = 'field is immutable',
): FieldError[] {
  const value = valueAt(object, path);
  return deepEqual(value, valueAt(old, path)) ? [] : [invalidField(path.join('.'), value, why)];
}

/** ConfigMaps and Secrets that were declared immutable. */
function sealed(object: KubeObject, old: KubeObject): FieldError[] {
  if (old['immutable'] !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  return ['immutable', 'data', 'binaryData']
    .filter((key) => !deepEqual(object[key], old[key]))
    .map((key) => forbiddenField(key, why));
}

const MUTABLE_SET_FIELDS = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]);

function validateStatefulSetUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const before = isObject(old['spec']) ? old['spec'] : {};
  const after = isObject(object['spec']) ? object['spec'] : {};
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...keys].some(
    (key) => !MUTABLE_SET_FIELDS.has(key) && !deepEqual(before[key], after[key]),
  );
  if (!changed) return [];
  const why =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [forbiddenField('spec', why)];
}

function validateSelector(object: KubeObject): FieldError[] {
  const wanted = valueAt(object, ['spec', 'selector', 'matchLabels']);
  const labels = valueAt(object, ['spec', 'template', 'metadata', 'labels']);
  if (!isObject(wanted)) return [];
  const fits = Object.entries(wanted).every(
    ([key, value]) => isObject(labels) && labels[key] === value,
  );
  if (fits) return [];
  return [
    invalidField(
      'spec.template.metadata.labels',
      labels ?? null,
      '`selector` does not match template `labels`',
    ),
  ];
}

function validateServiceUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const path = ['spec', 'clusterIP'];
  const before = valueAt(old, path);
  const after = valueAt(object, path);
  if (before === undefined || after === before) return [];
  const why = 'may not change once set';
  return [invalidField('spec.clusterIPs[0]', [after ?? ''], why)];
}
