import { randomBytes } from 'node:crypto';

/**
 * 128 bits, and no character that a DSN, a shell or a my.cnf would read in its own way. Not one character longer: MySQL cuts
 * SOURCE_PASSWORD off after 32 and then is denied access.
 */
export function newPassword(): string {
  return randomBytes(16).toString('hex');
}
