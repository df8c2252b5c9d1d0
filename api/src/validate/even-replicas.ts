import type { WarningRule } from './rule.ts';

/** An even count costs a member and survives no more than the odd one below it. 0 hibernates. */
export const warnOfEvenReplicas: WarningRule = ({ spec: { replicas } }) => {
  if (replicas % 2 === 1 || replicas === 0) return [];
  const survives = replicas / 2 - 1;
  const better = `use ${replicas - 1} or ${replicas + 1}`;
  const message =
    replicas === 2
      ? `2 members have no automatic failover: when either is lost, writes stop until it is back; ${better}`
      : `${replicas} members survive the loss of ${survives}, no more than ${replicas - 1} do, and a ` +
        `split into two halves stops writes; ${better}`;
  return [{ field: 'spec.replicas', message }];
};
