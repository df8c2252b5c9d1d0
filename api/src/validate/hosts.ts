import { isIP, isIPv4 } from '../ip.ts';
import type { FieldProblem } from '../schema/field-problem.ts';
import type { UserRule } from './rule.ts';

/** What the schema's pattern lets through and the server would never match. */
export const checkHosts: UserRule = ({ spec: { hosts } }) =>
  hosts.flatMap((host, index): readonly FieldProblem[] => {
    const wrong = hostProblem(host);
    return wrong === undefined
      ? []
      : [{ field: `spec.hosts[${index}]`, reason: 'FieldValueInvalid', message: wrong }];
  });

function hostProblem(host: string): string | undefined {
  const [address = '', mask] = host.split('/');
  if (mask !== undefined) {
    const isMask = isIPv4(mask) || (/^\d{1,2}$/.test(mask) && Number(mask) <= 32);
    if (isIPv4(address) && isMask) return undefined;
    return `${host} is not a network: write 10.0.0.0/16 or 10.0.0.0/255.255.0.0`;
  }
  if (/[%_]/.test(address) || isIP(address)) return undefined;
  return `${host} is not an address: write one like 10.0.0.7, a pattern like 10.0.%, or %`;
}
