/** Which names and values may be said to MySQL. Each function returns what is wrong, or null; a secret is never repeated. */
import {
  IDENTIFIER_LENGTH,
  RESERVED_SCHEMAS,
  RESERVED_USER_PREFIXES,
  RESERVED_USERS,
  USER_LENGTH,
} from '@radondb/api/v1/identifiers';

/** Characters that MySQL's names can hold: those of the basic plane. */
const SUPPLEMENTARY = /[\u{10000}-\u{10ffff}]/u;
const HALF_A_PAIR = /\p{Cs}/u;
const CONTROL = /\p{Cc}/u;
const BLANK_EDGE = /^\s|\s$/u;
const HOST_LENGTH = 255;
/** What caching_sha2_password takes. Bytes. */
const PASSWORD_BYTES = 256;

export function userProblem(user: string, ownUsers: readonly string[]): string | null {
  const lower = user.toLowerCase();
  if (
    RESERVED_USERS.some((name) => name === lower) ||
    ownUsers.includes(user) ||
    RESERVED_USER_PREFIXES.some((prefix) => lower.startsWith(prefix))
  )
    return 'belongs to the server or the operator: choose another';
  if (/^'.*'$/su.test(user))
    return 'must not be in quotes: the server strips them from the name that a client sends';
  return textProblem(user, USER_LENGTH);
}

export function hostProblem(host: string): string | null {
  if (host.length > HOST_LENGTH) return `must be at most ${HOST_LENGTH} characters`;
  if (!/^[A-Za-z0-9.:%_-]+(\/[0-9.]+)?$/u.test(host))
    return 'must be an address, a pattern with % or _, or a network such as 10.0.0.0/255.255.0.0';
  return null;
}

export function identifierProblem(name: string): string | null {
  if (name.includes('\\')) return 'must not contain a backslash';
  return textProblem(name, IDENTIFIER_LENGTH);
}

export function schemaProblem(schema: string): string | null {
  if (RESERVED_SCHEMAS.some((name) => name === schema.toLowerCase()))
    return 'is a schema of the server or the operator: choose another';
  return identifierProblem(schema);
}

export function passwordProblem(password: string): string | null {
  if (password === '') return 'must not be empty';
  if (HALF_A_PAIR.test(password)) return 'is not valid Unicode';
  if (password.includes('\0')) return 'must not contain the character NUL';
  if (/[\r\n]$/u.test(password))
    return 'ends with a line break, which is seldom meant: make the Secret with --from-literal or printf';
  if (new TextEncoder().encode(password).length > PASSWORD_BYTES)
    return `must be at most ${PASSWORD_BYTES} bytes: MySQL takes no more`;
  return null;
}

/** A certificate's subject or issuer. */
export function distinguishedNameProblem(name: string): string | null {
  if (HALF_A_PAIR.test(name)) return 'is not valid Unicode';
  if (name === '' || CONTROL.test(name) || name.length > 1_024)
    return 'must be 1 to 1024 characters without control characters';
  return null;
}

/** A character set or collation. */
export function charsetProblem(name: string): string | null {
  return /^[A-Za-z0-9_]{1,64}$/u.test(name) ? null : 'must be of letters, digits and _';
}

function textProblem(text: string, most: number): string | null {
  if (HALF_A_PAIR.test(text)) return 'is not valid Unicode';
  if (SUPPLEMENTARY.test(text)) return 'must not contain characters above U+FFFF: MySQL has none';
  if (CONTROL.test(text)) return 'must not contain control characters';
  if (BLANK_EDGE.test(text)) return 'must not begin or end with a blank';
  if (text.length < 1 || text.length > most) return `must be 1 to ${most} characters`;
  return null;
}
