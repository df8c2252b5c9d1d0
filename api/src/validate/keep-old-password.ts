import { parseDurationMs } from '../duration.ts';
import type { UserRule } from './rule.ts';

const WEEK_MS = 168 * 3_600_000;

export const checkKeepOldPassword: UserRule = ({ spec }) =>
  parseDurationMs(spec.keepOldPassword) <= WEEK_MS
    ? []
    : [
        {
          field: 'spec.keepOldPassword',
          reason: 'FieldValueInvalid',
          message: 'must be at most 168h, a week: until then all clients should have the new one',
        },
      ];
