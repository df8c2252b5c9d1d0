import type { AgentConfig } from '../../agent-config.ts';
import { BINLOG_INDEX, mysqldLayout, PID_FILE, RELAY_LOG_INDEX } from './layout.ts';

/** What is not negotiable, whatever my.cnf says: I1, I5 and what reading the files of a stopped server needs. */
const INVARIANT_ARGS = [
  '--log-bin=binlog',
  `--log-bin-index=${BINLOG_INDEX}`,
  '--relay-log=relay-log',
  `--relay-log-index=${RELAY_LOG_INDEX}`,
  '--gtid-mode=ON',
  '--enforce-gtid-consistency=ON',
  '--log-replica-updates=ON',
  '--sync-binlog=1',
  '--innodb-flush-log-at-trx-commit=1',
  // ON would drop acknowledged, unapplied transactions at start (I5).
  '--relay-log-recovery=OFF',
  '--relay-log-purge=ON',
  '--replica-preserve-commit-order=ON',
  '--binlog-checksum=CRC32',
  // Encrypted files cannot be read while mysqld is down.
  '--binlog-encryption=OFF',
  // The application's account is everything but an administrator: CREATE on *.*, revoked for the system schemas.
  '--partial-revokes=ON',
  // A receiver notices a silent source within this, so that it does not hold up a promise (fact 9).
  '--replica-net-timeout=4',
  // SET PERSIST by somebody must not open a server at its next start (I9).
  '--persisted-globals-load=OFF',
  '--mysqlx=0',
  '--plugin-load-add=semisync_source.so',
  '--plugin-load-add=semisync_replica.so',
  '--plugin-load-add=mysql_clone.so',
];

/** I9: only the agent opens a server. */
const CLOSED_ARGS = [
  '--skip-replica-start',
  '--read-only=ON',
  '--super-read-only=ON',
  '--offline-mode=ON',
  '--event-scheduler=OFF',
  '--rpl-semi-sync-source-enabled=OFF',
  '--rpl-semi-sync-replica-enabled=OFF',
];

/** For a server that nobody but the agent ever speaks to: writable, because it has to take a clone. */
const SCRATCH_ARGS = [
  '--skip-replica-start',
  '--read-only=OFF',
  '--super-read-only=OFF',
  '--offline-mode=ON',
  '--event-scheduler=OFF',
];

/** Arguments of a start. `closed` is the one way to start a member's data. */
export function startArgs(
  config: AgentConfig,
  dataFolder: string,
  mode: 'closed' | 'scratch',
): readonly string[] {
  const { listen, mysqld, tls } = config;
  return [
    ...commonArgs(config, dataFolder),
    `--server-id=${mysqld.serverId}`,
    `--bind-address=${listen.mysql.host}`,
    `--port=${listen.mysql.port}`,
    `--admin-address=${listen.admin.host}`,
    `--admin-port=${listen.admin.port}`,
    // A thread of its own: many clients that connect must not hold up the agent.
    '--create-admin-listener-thread=ON',
    `--pid-file=${PID_FILE}`,
    // Paths of sockets are limited to 107 bytes; in the data folder a relative name always fits.
    '--socket=mysqld.sock',
    `--ssl-ca=${tls.caFile}`,
    `--ssl-cert=${tls.certFile}`,
    `--ssl-key=${tls.keyFile}`,
    ...INVARIANT_ARGS,
    ...(mode === 'closed' ? CLOSED_ARGS : SCRATCH_ARGS),
  ];
}

/** Arguments of the creation of an empty server. */
export function initialiseArgs(
  config: AgentConfig,
  dataFolder: string,
  initFile: string,
): readonly string[] {
  return [
    ...commonArgs(config, dataFolder),
    '--initialize-insecure',
    `--init-file=${initFile}`,
    '--auto-generate-certs=OFF',
    '--mysqlx=0',
    '--partial-revokes=ON',
    '--skip-log-bin',
    '--read-only=OFF',
    '--super-read-only=OFF',
    '--offline-mode=OFF',
    '--event-scheduler=OFF',
  ];
}

function commonArgs(config: AgentConfig, dataFolder: string): readonly string[] {
  const { mysqld } = config;
  return [
    `--defaults-file=${mysqld.configFile}`,
    ...mysqld.serverArgs,
    // mysqld refuses to run as root unless it is told so.
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    `--datadir=${dataFolder}`,
    '--skip-name-resolve',
    // A name without a path would be a file in the data folder, `stderr` too.
    `--log-error=${mysqldLayout(config.directory).log}`,
    '--log-error-verbosity=3',
    '--auto-generate-certs=OFF',
  ];
}
