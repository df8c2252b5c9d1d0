import { Type } from 'typebox';
import { rules } from './structural.ts';

/** MySQL series that there is an engine for. */
export const MYSQL_VERSIONS = ['9.7', '8.4'] as const;

/** A value of `spec.mysql.config` as YAML may bring it: numbers and booleans are fine unquoted. */
export type ConfigValue = string | number | boolean;

export const DURATION_PATTERN = '^([0-9]{1,6}(ms|s|m|h)){1,4}$';

/** Go's and Kubernetes' way to write a duration, whole numbers only: `30s`, `1m30s`, `500ms`. */
export const durationSchema = Type.String({
  pattern: DURATION_PATTERN,
  maxLength: 32,
  default: '0s',
  description: 'For how long the primary must have been gone first: 5s, 1m30s. At most 1h.',
  'x-radondb-message': 'must be a duration like 30s, 1m30s or 500ms',
  ...rules({
    rule: `!self.matches('${DURATION_PATTERN}') || duration(self) <= duration('1h')`,
    message:
      'must be at most 1h: to have no automatic failover, set spec.ha.failover.enabled to false',
    reason: 'FieldValueInvalid',
  }),
});

/** Variable → value. `additionalProperties`, not a pattern: a CRD's schema has no patterns. */
export const configSchema = Type.Unsafe<Readonly<Record<string, ConfigValue>>>({
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
  maxProperties: 300,
  description:
    'Settings of mysqld, by name (max_connections: 500). Checked against the settings that this ' +
    'MySQL version knows; those that no acknowledged write would be safe with are refused.',
});

/** Name of a MysqlCluster. */
export const nameSchema = Type.String({
  pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$',
  maxLength: 40,
  description:
    'DNS label of at most 40 characters: the names of members and services start with it.',
  'x-radondb-message':
    'must be a DNS label of at most 40 characters: lower case letters, digits and "-", beginning with a letter and not ending with "-"',
});

/** Name of any other object of ours. */
export const objectNameSchema = Type.String({
  pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
  maxLength: 253,
  description: 'Name of the object.',
  'x-radondb-message': 'must be lower case letters, digits, "-" and "."',
});
