/**
 * Privileges that pass what keeps an acknowledged write safe, each with why. The agents look for the
 * first five in every account; the others break something that no fence can stop.
 */
export const FORBIDDEN_PRIVILEGES = {
  SUPER: 'passes the fence that keeps clients off a server that is no longer the primary',
  CONNECTION_ADMIN:
    'passes the fence that keeps clients off a server that is no longer the primary',
  SYSTEM_VARIABLES_ADMIN: 'can make a replica writable and turn acknowledgements off',
  REPLICATION_SLAVE_ADMIN: 'can stop replication and point a replica elsewhere',
  BINLOG_ADMIN: 'can purge binary logs that replicas still need',
  SESSION_VARIABLES_ADMIN: 'can write past the binary log, so that no replica gets the write',
  REPLICATION_APPLIER: 'can write under GTIDs of its own choice',
  RELOAD: 'can reset the binary logs; take FLUSH_TABLES, FLUSH_STATUS or FLUSH_USER_RESOURCES',
  SHUTDOWN: 'can stop a server behind its agent; restart members through the operator',
  CLONE_ADMIN: 'can replace the data of a server',
  INNODB_REDO_LOG_ENABLE: 'can turn crash safety off',
  PERSIST_RO_VARIABLES_ADMIN: 'can change settings that the operator keeps',
  GROUP_REPLICATION_ADMIN: 'can start another kind of replication',
  GROUP_REPLICATION_STREAM: 'is for another kind of replication',
  SERVICE_CONNECTION_ADMIN: "can take the connection that is the agent's way in",
  SYSTEM_USER: "can change and kill the operator's own accounts",
  SET_ANY_DEFINER: "can run statements with the operator's rights",
  'CREATE USER': "can change the operator's own accounts; declare accounts as MysqlUser",
  'CREATE ROLE': 'can make accounts that the operator does not know; declare them as MysqlUser',
  'DROP ROLE': 'can drop accounts that the operator keeps',
  ROLE_ADMIN: 'can give away rights that no MysqlUser declares',
  'CREATE TABLESPACE': 'can place data outside of the volumes',
  FILE: 'can read and write files of the server',
} as const;

/** What can be granted in one schema or table. */
export const SCHEMA_PRIVILEGES = [
  'ALL',
  'ALTER',
  'ALTER ROUTINE',
  'CREATE',
  'CREATE ROUTINE',
  'CREATE TEMPORARY TABLES',
  'CREATE VIEW',
  'DELETE',
  'DROP',
  'EVENT',
  'EXECUTE',
  'INDEX',
  'INSERT',
  'LOCK TABLES',
  'REFERENCES',
  'SELECT',
  'SHOW VIEW',
  'TRIGGER',
  'UPDATE',
] as const;

/** Of these, what a table has. */
export const TABLE_PRIVILEGES = [
  'ALL',
  'ALTER',
  'CREATE',
  'CREATE VIEW',
  'DELETE',
  'DROP',
  'INDEX',
  'INSERT',
  'REFERENCES',
  'SELECT',
  'SHOW VIEW',
  'TRIGGER',
  'UPDATE',
] as const;

/** Of these, what a column has. */
export const COLUMN_PRIVILEGES = ['INSERT', 'REFERENCES', 'SELECT', 'UPDATE'] as const;

/** What can be granted on everything only. */
export const GLOBAL_PRIVILEGES = [
  'PROCESS',
  'REPLICATION CLIENT',
  'REPLICATION SLAVE',
  'SHOW DATABASES',
  'BACKUP_ADMIN',
  'FLUSH_OPTIMIZER_COSTS',
  'FLUSH_STATUS',
  'FLUSH_TABLES',
  'FLUSH_USER_RESOURCES',
  'INNODB_REDO_LOG_ARCHIVE',
  'RESOURCE_GROUP_ADMIN',
  'RESOURCE_GROUP_USER',
  'SENSITIVE_VARIABLES_OBSERVER',
  'SHOW_ROUTINE',
  'TABLE_ENCRYPTION_ADMIN',
  'XA_RECOVER_ADMIN',
] as const;
