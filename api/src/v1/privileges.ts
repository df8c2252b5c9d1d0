/** MySQL's privileges: what each may be on, and which no account of a person may have. */

/** Everything that a schema can have, and what `ALL` stands for. */
export const SCHEMA_PRIVILEGES: readonly string[] = [
  ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'REFERENCES', 'INDEX', 'ALTER'],
  ...['CREATE TEMPORARY TABLES', 'LOCK TABLES', 'EXECUTE', 'CREATE VIEW', 'SHOW VIEW'],
  ...['CREATE ROUTINE', 'ALTER ROUTINE', 'EVENT', 'TRIGGER'],
];

/** Of these, what a table can have. */
export const TABLE_PRIVILEGES: readonly string[] = [
  ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'REFERENCES', 'INDEX', 'ALTER'],
  ...['CREATE VIEW', 'SHOW VIEW', 'TRIGGER'],
];

/** Of these, what a column can have. */
export const COLUMN_PRIVILEGES: readonly string[] = ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'];

/** What can be granted on `*` only, and harms nobody. */
export const GLOBAL_PRIVILEGES: readonly string[] = [
  ...['PROCESS', 'REPLICATION CLIENT', 'SHOW DATABASES', 'APPLICATION_PASSWORD_ADMIN'],
  ...['FLUSH_OPTIMIZER_COSTS', 'FLUSH_STATUS', 'FLUSH_TABLES'],
  ...['FLUSH_USER_RESOURCES', 'RESOURCE_GROUP_USER', 'SHOW_ROUTINE', 'XA_RECOVER_ADMIN'],
];

/** What can be granted on schemas of the server: to read, where there is something to read. */
export const SYSTEM_SCHEMA_PRIVILEGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['mysql', []],
  ['radondb', []],
  ['information_schema', []],
  ['sys', ['SELECT', 'EXECUTE', 'SHOW VIEW']],
  ['performance_schema', ['SELECT']],
]);

const PASSES_FENCE = 'lets an account write where the cluster has shut writes out';
const REPLICATES = 'lets it acknowledge or replay transactions in place of a member';
const BECOMES_ANYBODY = "leads to any other account, the operator's own included";
const REACHES_SERVER = 'reaches the server and its files past SQL';

function each(why: string, names: readonly string[]): readonly (readonly [string, string])[] {
  return names.map((name) => [name, why] as const);
}

/** Privileges that would break what the agents promise, each with what it does. */
export const FORBIDDEN_PRIVILEGES: ReadonlyMap<string, string> = new Map([
  ...each(PASSES_FENCE, [
    ...['SUPER', 'CONNECTION_ADMIN', 'SYSTEM_VARIABLES_ADMIN', 'SESSION_VARIABLES_ADMIN'],
    ...['PERSIST_RO_VARIABLES_ADMIN', 'SERVICE_CONNECTION_ADMIN', 'BINLOG_ADMIN'],
    ...['BINLOG_ENCRYPTION_ADMIN', 'OPTIMIZE_LOCAL_TABLE', 'SHUTDOWN', 'CLONE_ADMIN'],
    'TRANSACTION_GTID_TAG',
  ]),
  ...each(
    'allows RESET BINARY LOGS AND GTIDS: take FLUSH_TABLES, FLUSH_STATUS or FLUSH_USER_RESOURCES',
    ['RELOAD'],
  ),
  ...each('lets another server clone everything, the accounts and their passwords included', [
    'BACKUP_ADMIN',
  ]),
  ...each(REPLICATES, [
    ...['REPLICATION SLAVE', 'REPLICATION_SLAVE_ADMIN', 'REPLICATION_APPLIER'],
    ...['GROUP_REPLICATION_ADMIN', 'GROUP_REPLICATION_STREAM'],
  ]),
  ...each(BECOMES_ANYBODY, [
    ...['CREATE USER', 'CREATE ROLE', 'DROP ROLE', 'ROLE_ADMIN', 'SYSTEM_USER', 'PROXY'],
    ...['SET_ANY_DEFINER', 'ALLOW_NONEXISTENT_DEFINER', 'AUTHENTICATION_POLICY_ADMIN'],
    ...['PASSWORDLESS_USER_ADMIN', 'FLUSH_PRIVILEGES'],
  ]),
  ...each(REACHES_SERVER, [
    ...['FILE', 'CREATE TABLESPACE', 'ENCRYPTION_KEY_ADMIN', 'TABLE_ENCRYPTION_ADMIN'],
    ...['INNODB_REDO_LOG_ARCHIVE', 'INNODB_REDO_LOG_ENABLE', 'RESOURCE_GROUP_ADMIN'],
    ...['SENSITIVE_VARIABLES_OBSERVER', 'AUDIT_ADMIN', 'AUDIT_ABORT_EXEMPT', 'FIREWALL_EXEMPT'],
    'TELEMETRY_LOG_ADMIN',
  ]),
]);
