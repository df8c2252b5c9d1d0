import type { CompleteMysqlClusterSpec } from '../defaults/mysql-cluster.ts';
import type { FieldProblem } from '../schema/field-problem.ts';
import { checkConfig } from './check-config.ts';
import { readVariableName } from './variable-name.ts';
import { configText } from './variable-value.ts';

/** What a member's my.cnf depends on. */
export interface MyCnfInput {
  readonly spec: CompleteMysqlClusterSpec;
  /** Unique in the cluster and stable for the member, 1 … 2³²−1. */
  readonly serverId: number;
  readonly ports: {
    readonly mysql: number;
    readonly admin: number;
    /** Address that clients and replicas connect to. */
    readonly mysqlHost: string;
    /** Loopback: only the agent uses it. */
    readonly adminHost: string;
  };
  /** What the others know the member by; default: `ports.mysqlHost`. */
  readonly reportHost?: string;
  readonly dataDir: string;
  /** PEM files; null: mysqld makes its own. */
  readonly tls: {
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
  } | null;
  /** Null: standard error. */
  readonly logFile: string | null;
  /** Memory that mysqld may use; absent: a laptop's, shared with other things. */
  readonly resources?: { readonly memoryBytes: number };
}

/** The settings of a cluster are not safe to start a server with. Nothing is rendered. */
export class UnsafeConfigError extends Error {
  readonly code = 'UNSAFE_CONFIG';
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[]) {
    const list = problems.map(({ field, message }) => `${field} ${message}`);
    super(`my.cnf cannot be made: ${list.join('; ')}`);
    this.name = 'UnsafeConfigError';
    this.problems = problems;
  }
}

type Line = readonly [string, string | number];
type Section = readonly [string, readonly Line[]];

const MIB = 1024 * 1024;

/**
 * A member's my.cnf, the same for the same input. The server starts closed (I9) and durable (I1,
 * I5); the agent sets what changes with its role. A person's settings come last and cannot undo that.
 *
 * @throws UnsafeConfigError when the settings have not passed `validateMysqlCluster`
 * @throws RangeError when a path or address cannot stand in my.cnf
 */
export function renderMyCnf(input: MyCnfInput): string {
  const { config, version } = input.spec.mysql;
  const problems = checkConfig(config, version);
  if (problems.length > 0) throw new UnsafeConfigError(problems);
  const sections: readonly Section[] = [
    ['Who this server is, and where', identity(input)],
    ['Nothing acknowledged is lost (I1, I5)', durability(input)],
    ['GTIDs and replication', REPLICATION],
    ['Semi-synchronous replication: the agent switches it on (I1, I2)', SEMI_SYNC],
    ['Starts closed: only the agent opens it (I9)', CLOSED],
    ['The way in', access(input)],
    ['Memory and disk', resources(input)],
  ];
  const ours = [
    '# Made by the agent from the MysqlCluster. Changes here are overwritten.',
    '[mysqld]',
  ];
  for (const [title, lines] of sections) {
    ours.push('', `# ${title}`, ...lines.map(([name, value]) => `${name} = ${checked(value)}`));
  }
  return `${[...ours, ...userSection(input)].join('\n')}\n`;
}

function identity({ serverId, ports, reportHost, dataDir, logFile }: MyCnfInput): Line[] {
  return [
    ['server_id', serverId],
    ['datadir', dataDir],
    // Relative to datadir: a socket's whole path may not be longer than 107 bytes.
    ['socket', 'mysql.sock'],
    ['pid_file', 'mysqld.pid'],
    ['bind_address', ports.mysqlHost],
    ['port', ports.mysql],
    ['report_host', reportHost ?? ports.mysqlHost],
    ['report_port', ports.mysql],
    // A listener and a thread of its own: with all of max_connections in use the agent still gets in.
    ['admin_address', ports.adminHost],
    ['admin_port', ports.admin],
    ['create_admin_listener_thread', 'ON'],
    ['mysqlx', 'OFF'],
    ...(logFile === null ? [] : [['log_error', logFile] as const]),
    ['log_error_verbosity', 2],
  ];
}

function durability({ spec }: MyCnfInput): Line[] {
  return [
    ['sync_binlog', 1],
    ['innodb_flush_log_at_trx_commit', 1],
    ['binlog_error_action', 'ABORT_SERVER'],
    ['binlog_checksum', 'CRC32'],
    // ON would drop the relay log, and with it acknowledged transactions, at every start.
    ['relay_log_recovery', 'OFF'],
    ['sync_relay_log', spec.ha.durability === 'strict' ? 1 : 10_000],
    // mysqld-auto.cnf is read after this file: SET PERSIST could open the server at its next start.
    ['persisted_globals_load', 'OFF'],
  ];
}

const REPLICATION: readonly Line[] = [
  ['gtid_mode', 'ON'],
  ['enforce_gtid_consistency', 'ON'],
  ['log_bin', 'binlog'],
  ['log_replica_updates', 'ON'],
  // The last binlog file is read whole when a primary has died: small files are read fast.
  ['max_binlog_size', '128M'],
  ['relay_log', 'relay'],
  ['replica_preserve_commit_order', 'ON'],
  ['replica_parallel_workers', 16],
  ['replica_net_timeout', 4],
  // The minimum, in seconds: an IO thread that does not stop is a reason to kill mysqld.
  ['rpl_stop_replica_timeout', 2],
  ['skip_replica_start', 'ON'],
];

const SEMI_SYNC: readonly Line[] = [
  ['plugin_load_add', 'semisync_source.so'],
  ['plugin_load_add', 'semisync_replica.so'],
  ['plugin_load_add', 'mysql_clone.so'],
  ['loose_rpl_semi_sync_source_enabled', 'OFF'],
  ['loose_rpl_semi_sync_replica_enabled', 'OFF'],
  // Milliseconds; the maximum: a commit waits until it is acknowledged.
  ['loose_rpl_semi_sync_source_timeout', 4_294_967_295],
  ['loose_rpl_semi_sync_source_wait_point', 'AFTER_SYNC'],
  ['loose_rpl_semi_sync_source_wait_no_replica', 'ON'],
];

const CLOSED: readonly Line[] = [
  ['offline_mode', 'ON'],
  ['read_only', 'ON'],
  ['super_read_only', 'ON'],
  // EVENTs ignore offline_mode.
  ['event_scheduler', 'OFF'],
];

function access({ tls }: MyCnfInput): Line[] {
  return [
    ['skip_name_resolve', 'ON'],
    ['partial_revokes', 'ON'],
    ['local_infile', 'OFF'],
    ['secure_file_priv', 'NULL'],
    ...(tls === null
      ? []
      : ([
          ['ssl_ca', tls.caFile],
          ['ssl_cert', tls.certFile],
          ['ssl_key', tls.keyFile],
        ] as const)),
  ];
}

function resources({ resources: limits }: MyCnfInput): Line[] {
  const poolMib =
    limits === undefined ? 128 : Math.max(128, Math.floor(limits.memoryBytes / 2 / MIB));
  const redoMib =
    limits === undefined ? 100 : Math.min(4096, Math.max(100, Math.floor(poolMib / 2)));
  return [
    ['innodb_buffer_pool_size', `${poolMib}M`],
    ['innodb_redo_log_capacity', `${redoMib}M`],
    ['innodb_log_buffer_size', '16M'],
    ['key_buffer_size', '1M'],
    // The agent reads replication_connection_status; the histories are for people who ask for them.
    ['performance_schema', 'ON'],
    // 38 MiB of counters by error number and thread, host, user.
    ['performance_schema_error_size', 0],
    ['performance_schema_digests_size', 1000],
    ['performance_schema_events_stages_history_long_size', 100],
    ['performance_schema_events_statements_history_long_size', 100],
    ['performance_schema_events_transactions_history_long_size', 100],
    ['performance_schema_events_waits_history_long_size', 100],
  ];
}

function userSection({ spec }: MyCnfInput): string[] {
  const entries = Object.entries(spec.mysql.config);
  if (entries.length === 0) return [];
  const lines = entries
    .map(([written, value]) => `${renderedName(written)} = ${configText(value)}`)
    .sort();
  return ['', '# From spec.mysql.config', '[mysqld]', ...lines];
}

/** A plugin's setting is unknown while mysqld makes its data directory: plugins are not loaded then. */
function renderedName(written: string): string {
  const { base } = readVariableName(written);
  return base.startsWith('clone_') ? `loose_${base}` : base;
}

/** Paths and addresses come from our own configuration; a line break in one would be a setting. */
function checked(value: string | number): string {
  const text = String(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f#\\"']/.test(text) || text !== text.trim() || text === '') {
    throw new RangeError(
      `${JSON.stringify(text)} cannot stand in my.cnf: use a path without line breaks, quotes, "#" and backslashes`,
    );
  }
  return text;
}
