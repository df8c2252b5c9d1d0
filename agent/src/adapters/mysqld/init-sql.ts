import type { AgentCredentials } from '../../agent-config.ts';
import { quote, quoteAccount } from './quote.ts';

/** The agent comes over loopback; with and without skip_name_resolve one of these is its name. */
const AGENT_HOSTS = ['localhost', '127.0.0.1', '::1'];

/** Everything that the agent does, and nothing that reads the application's secrets beyond what SUPER-like accounts could. */
const AGENT_PRIVILEGES = ['ALL PRIVILEGES'];

/** Tables: `epoch` is written by barriers (replicated), `ping` by the agent's own pulse (never in the binlog). */
const SCHEMA = [
  'CREATE SCHEMA radondb',
  `CREATE TABLE radondb.epoch (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    epoch BIGINT UNSIGNED NOT NULL,
    server_uuid CHAR(36) NOT NULL,
    written_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
  ) ENGINE=InnoDB COMMENT='written by the agent of each new primary before it opens'`,
  `CREATE TABLE radondb.ping (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    pings BIGINT UNSIGNED NOT NULL
  ) ENGINE=InnoDB COMMENT='written by this member\\'s agent, never replicated'`,
  'INSERT INTO radondb.ping VALUES (1, 0)',
];

/**
 * Statements that make a new server a member: the same on all, in no binlog, so that all members begin with equal system tables
 * and an empty gtid_executed.
 */
export function initStatements(credentials: AgentCredentials): readonly string[] {
  const { agent, replication } = credentials;
  const replicationAccount = quoteAccount(replication.user, '%');
  return [
    'SET SESSION sql_log_bin=0',
    ...AGENT_HOSTS.flatMap((host) => [
      `CREATE USER ${quoteAccount(agent.user, host)} IDENTIFIED BY ${quote(agent.password)} PASSWORD EXPIRE NEVER`,
      `GRANT ${AGENT_PRIVILEGES.join(', ')} ON *.* TO ${quoteAccount(agent.user, host)} WITH GRANT OPTION`,
    ]),
    `CREATE USER ${replicationAccount} IDENTIFIED BY ${quote(replication.password)} PASSWORD EXPIRE NEVER`,
    // CONNECTION_ADMIN: a replica must get through offline_mode (fact 6). BACKUP_ADMIN: it is a clone's donor account.
    `GRANT REPLICATION SLAVE ON *.* TO ${replicationAccount}`,
    `GRANT CONNECTION_ADMIN, BACKUP_ADMIN ON *.* TO ${replicationAccount}`,
    ...SCHEMA,
    `ALTER USER ${quoteAccount('root', 'localhost')} ACCOUNT LOCK`,
  ];
}

/** The same as the content of an init file: one statement a line. */
export function initFileContent(credentials: AgentCredentials): string {
  return initStatements(credentials)
    .map((statement) => `${statement.replaceAll(/\s*\n\s*/gu, ' ')};\n`)
    .join('');
}
