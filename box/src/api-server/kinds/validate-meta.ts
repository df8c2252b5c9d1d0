import { type FieldError, forbiddenField, invalidField, requiredField } from '../field-error.ts';
import type { KubeObject } from '../object.ts';
import type { Resource } from './resource.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_TEXT = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';

interface NameRule {
  readonly pattern: RegExp;
  readonly max: number;
  readonly message: string;
}

const SUBDOMAIN: NameRule = {
  pattern: new RegExp(`^${SUBDOMAIN_TEXT}$`),
  max: 253,
  message: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN_TEXT}')`,
};
const DNS_LABEL: NameRule = {
  pattern: new RegExp(`^${LABEL}$`),
  max: 63,
  message: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
};
const SERVICE_NAME: NameRule = {
  pattern: new RegExp(`^${LABEL_1035}$`),
  max: 63,
  message: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${LABEL_1035}')`,
};
/** Roles may be called what they like, as long as a URL can say it. */
const PATH_SEGMENT: NameRule = {
  pattern: /^[^/%]+$/,
  max: 1_024,
  message: "may not contain '/' or '%'",
};

const RULES: Readonly<Record<string, NameRule>> = {
  '/namespaces': DNS_LABEL,
  '/services': SERVICE_NAME,
  'rbac.authorization.k8s.io/roles': PATH_SEGMENT,
  'rbac.authorization.k8s.io/rolebindings': PATH_SEGMENT,
  'rbac.authorization.k8s.io/clusterroles': PATH_SEGMENT,
  'rbac.authorization.k8s.io/clusterrolebindings': PATH_SEGMENT,
};

const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Name, labels, annotations and finalizers of any object. */
export function validateMeta(
  resource: Resource,
  object: KubeObject,
  old: KubeObject | null,
): FieldError[] {
  const name = object.metadata.name ?? '';
  const { labels = {}, annotations = {} } = object.metadata;
  return [
    ...(old === null ? validateName(RULES[resource.storage] ?? SUBDOMAIN, name) : []),
    ...Object.entries(labels).flatMap(([key, value]) => validateLabel(key, value)),
    ...Object.keys(annotations)
      .filter((key) => !QUALIFIED.test(key.toLowerCase()))
      .map((key) => invalidField('metadata.annotations', key, KEY_MESSAGE)),
    ...(old?.metadata.deletionTimestamp === undefined ? [] : validateFinalizers(object, old)),
  ];
}

function validateLabel(key: string, value: string): FieldError[] {
  const at = 'metadata.labels';
  const errors: FieldError[] = [];
  if (!QUALIFIED.test(key)) errors.push(invalidField(at, key, KEY_MESSAGE));
  if (value.length > 63) errors.push(invalidField(at, value, 'must be no more than 63 bytes'));
  if (!VALUE.test(value)) errors.push(invalidField(at, value, VALUE_MESSAGE));
  return errors;
}

/** What is being deleted gets no new reason to stay. */
function validateFinalizers(object: KubeObject, old: KubeObject): FieldError[] {
  const before = old.metadata.finalizers ?? [];
  const added = (object.metadata.finalizers ?? []).filter((one) => !before.includes(one));
  if (added.length === 0) return [];
  const shown = `[]string{${added.map((one) => JSON.stringify(one)).join(', ')}}`;
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`;
  return [forbiddenField('metadata.finalizers', why)];
}

const KEY_MESSAGE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_MESSAGE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

function validateName({ pattern, max, message }: NameRule, name: string): FieldError[] {
  if (name === '') return [requiredField('metadata.name', 'name or generateName is required')];
  const errors: FieldError[] = [];
  if (name.length > max) {
    errors.push(invalidField('metadata.name', name, `must be no more than ${max} bytes`));
  }
  if (!pattern.test(name)) errors.push(invalidField('metadata.name', name, message));
  return errors;
}
