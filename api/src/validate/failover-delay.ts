import { parseDurationMs } from '../duration.ts';
import type { ProblemRule } from './rule.ts';

const MAXIMUM_MS = 3_600_000;

export const checkFailoverDelay: ProblemRule = ({ spec }) =>
  parseDurationMs(spec.ha.failover.delay) <= MAXIMUM_MS
    ? []
    : [
        {
          field: 'spec.ha.failover.delay',
          reason: 'FieldValueInvalid',
          message:
            'must be at most 1h: to have no automatic failover, set spec.ha.failover.enabled to false',
        },
      ];
