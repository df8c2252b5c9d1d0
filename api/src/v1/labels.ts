/** Kubernetes' qualified names: keys of labels and annotations, taints, topologies. */
const KEY_PATTERN =
  '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
const KEY_WORDS =
  'letters, digits, "-", "_" and ".", at most 63, behind an optional prefix like example.com/';

/** A text that is such a key. */
export const labelKey = {
  minLength: 1,
  maxLength: 317,
  pattern: KEY_PATTERN,
  'x-radondb-message': `must be ${KEY_WORDS}`,
};

/** A text that is the value of a label. */
export const labelValue = {
  maxLength: 63,
  pattern: '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$',
  'x-radondb-message':
    'must be the value of a label: at most 63 letters, digits, "-", "_" and "."; in quotes where YAML reads a number or true',
};
