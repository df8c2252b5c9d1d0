import mysql from 'mysql2';

/** A value as a literal. */
export function quote(value: string | number): string {
  return mysql.escape(value);
}

/** A schema, table or column name; dots do not separate. */
export function quoteName(name: string): string {
  return mysql.escapeId(name, true);
}

/** `'user'@'host'` */
export function quoteAccount(user: string, host: string): string {
  return `${quote(user)}@${quote(host)}`;
}
