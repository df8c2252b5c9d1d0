/**
 * Names in SQL. Quotes, backslashes, control characters and path separators are legal in quoted
 * names and nobody wants them: what is refused here cannot go wrong in a tool.
 */

const PLAIN = '[^\\x00-\\x1f\\x7f"\'`\\\\/;*%]';
const EDGE = '[^\\x00-\\x20\\x7f"\'`\\\\/;*%]';

/** A schema, table or column: 64 characters, any script, no blank at its ends. */
export const IDENTIFIER_PATTERN = `^${EDGE}(${PLAIN}*${EDGE})?$`;
export const IDENTIFIER_LENGTH = 64;
export const identifierMessage =
  'must be 1 to 64 characters without quotes, backslash, "/", ";", "*", "%" or a blank at its ends';

/** The user part of an account. */
export const USER_PATTERN = '^[A-Za-z0-9_][A-Za-z0-9_.@-]*$';
export const USER_LENGTH = 32;
export const userMessage =
  'must be 1 to 32 of letters, digits, "_", "-", "." and "@", beginning with a letter, digit or "_"';

/** The host part: an address, with % and _ as wildcards, or with a net mask. */
export const HOST_PATTERN = '^[0-9A-Fa-f:.%_]+(/[0-9.]+)?$';
export const HOST_LENGTH = 255;
export const hostMessage =
  'must be an address (10.0.0.7), a pattern (10.0.%) or a network (10.0.0.0/255.255.0.0 or /16), or %: names of hosts are not looked up';

/** Schemas of the server and of the operator. */
export const RESERVED_SCHEMAS = [
  'mysql',
  'sys',
  'performance_schema',
  'information_schema',
  'radondb',
] as const;

/** Accounts of the server, beside all that begin with `mysql.` and `radondb_`. */
export const RESERVED_USERS = ['root', 'event_scheduler', 'system user'] as const;
export const RESERVED_USER_PREFIXES = ['mysql.', 'radondb_'] as const;

/** CEL: whether a text is a schema of the server or the operator. */
export function isReservedSchemaCel(text: string): string {
  return `${text}.lowerAscii() in [${RESERVED_SCHEMAS.map((name) => `'${name}'`).join(', ')}]`;
}

/** CEL: whether a text is a user of the server or the operator. */
export function isReservedUserCel(text: string): string {
  const names = RESERVED_USERS.map((name) => `'${name}'`).join(', ');
  const prefixes = RESERVED_USER_PREFIXES.map((it) => `${text}.lowerAscii().startsWith('${it}')`);
  return `(${text}.lowerAscii() in [${names}] || ${prefixes.join(' || ')})`;
}
