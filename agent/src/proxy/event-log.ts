/**
 * Where the network faces write what happens: a constant message with fields beside it. A pino logger is one.
 * Fields never hold a secret, a packet or a query.
 */
export interface EventLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
