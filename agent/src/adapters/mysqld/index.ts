/** The agent's mysqld: its process, its files and what is said to it. */
export {
  CloneError,
  MysqldStartError,
  MysqldStateError,
  MysqlStatementError,
  MysqlUnreachableError,
  UnsafeServerError,
} from './errors.ts';
export { type MysqldLayout, mysqldLayout } from './layout.ts';
export { createMysqldServer } from './mysqld-server.ts';
