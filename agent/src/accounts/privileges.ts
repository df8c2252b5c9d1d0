/** Where MySQL keeps which privilege. What each may be on is in @radondb/api. */
import { GLOBAL_PRIVILEGES } from '@radondb/api/v1/privileges';

/** Where mysql.user and mysql.db keep the static privileges. */
export const PRIVILEGE_COLUMNS: Readonly<Record<string, string>> = {
  SELECT: 'Select_priv',
  INSERT: 'Insert_priv',
  UPDATE: 'Update_priv',
  DELETE: 'Delete_priv',
  CREATE: 'Create_priv',
  DROP: 'Drop_priv',
  RELOAD: 'Reload_priv',
  SHUTDOWN: 'Shutdown_priv',
  PROCESS: 'Process_priv',
  FILE: 'File_priv',
  'GRANT OPTION': 'Grant_priv',
  REFERENCES: 'References_priv',
  INDEX: 'Index_priv',
  ALTER: 'Alter_priv',
  'SHOW DATABASES': 'Show_db_priv',
  SUPER: 'Super_priv',
  'CREATE TEMPORARY TABLES': 'Create_tmp_table_priv',
  'LOCK TABLES': 'Lock_tables_priv',
  EXECUTE: 'Execute_priv',
  'REPLICATION SLAVE': 'Repl_slave_priv',
  'REPLICATION CLIENT': 'Repl_client_priv',
  'CREATE VIEW': 'Create_view_priv',
  'SHOW VIEW': 'Show_view_priv',
  'CREATE ROUTINE': 'Create_routine_priv',
  'ALTER ROUTINE': 'Alter_routine_priv',
  'CREATE USER': 'Create_user_priv',
  EVENT: 'Event_priv',
  TRIGGER: 'Trigger_priv',
  'CREATE TABLESPACE': 'Create_tablespace_priv',
  'CREATE ROLE': 'Create_role_priv',
  'DROP ROLE': 'Drop_role_priv',
};

/** `select` and ` Show  view ` in MySQL's spelling. */
export function privilegeName(text: string): string {
  const name = text.trim().toUpperCase().replaceAll(/\s+/gu, ' ');
  return name === 'ALL PRIVILEGES' ? 'ALL' : name;
}

/** Dynamic privileges are kept in a table of their own, each with a grant option of its own. */
export function isDynamic(privilege: string): boolean {
  return GLOBAL_PRIVILEGES.includes(privilege) && !Object.hasOwn(PRIVILEGE_COLUMNS, privilege);
}
