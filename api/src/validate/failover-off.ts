import type { WarningRule } from './rule.ts';

export const warnOfFailoverOff: WarningRule = ({ spec }) =>
  spec.ha.failover.enabled || spec.replicas === 1
    ? []
    : [
        {
          field: 'spec.ha.failover.enabled',
          message:
            'nobody takes over when the primary fails: writes stop until a person switches over; remove the line to have it automatic',
        },
      ];
