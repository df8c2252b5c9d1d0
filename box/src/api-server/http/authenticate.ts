import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { StatusError } from '../status-error.ts';

/** Who asks: authentication.k8s.io/v1 UserInfo. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
}

/** Tokens that this server issued. They say who holds them and need no list: the key of the data folder signs them. */
export class Tokens {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  issue(user: UserInfo): string {
    const claims = Buffer.from(JSON.stringify(user)).toString('base64url');
    return `${claims}.${this.#sign(claims)}`;
  }

  /** @returns null for a token that was not issued here. */
  read(token: string): UserInfo | null {
    const [claims = '', signature = ''] = token.split('.');
    const expected = createHash('sha256').update(this.#sign(claims)).digest();
    const given = createHash('sha256').update(signature).digest();
    if (!timingSafeEqual(expected, given)) return null;
    return JSON.parse(Buffer.from(claims, 'base64url').toString()) as UserInfo;
  }

  #sign(claims: string): string {
    return createHmac('sha256', this.#key).update(claims).digest('base64url');
  }
}

/** @throws StatusError 401 */
export function authenticate(headers: IncomingHttpHeaders, tokens: Tokens): UserInfo {
  const [scheme, token = ''] = (headers.authorization ?? '').split(' ');
  const user = scheme?.toLowerCase() === 'bearer' ? tokens.read(token) : null;
  if (user === null) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  const impersonated = headers['impersonate-user'];
  const authenticated = [...user.groups, 'system:authenticated'];
  if (typeof impersonated !== 'string') return { ...user, groups: authenticated };
  const groups = headers['impersonate-group'];
  const asked =
    groups === undefined
      ? []
      : String(groups)
          .split(',')
          .map((one) => one.trim());
  return { username: impersonated, groups: [...asked, 'system:authenticated'] };
}
