/**
 * Settings that the operator keeps for itself, by today's names, and why. Everything here would
 * break an invariant of `docs/invariants.md`, shut the agent out, or point files elsewhere.
 */
const NO_LOSS = 'an acknowledged write could be lost';
const GTIDS = 'replication and failover rest on GTIDs';
const BINLOG = 'the binlog is what failover, rewind and backups read';
const FENCE = 'only the agent opens and closes a server';
const ACKS = 'the agent decides which members acknowledge and how many must';
const REPLICA = 'replicas would silently differ from the primary';
const TIMING = 'failover counts on its value';
const FILES = "the agent owns the server's files";
const NETWORK = "the agent owns the server's addresses";
const CERTIFICATES = 'the operator owns the certificates';
const ACCESS = 'everybody could reach the data or the host';
const PLUGINS = 'the operator loads the plugins';
const CODE = 'it runs SQL behind the back of the agent';

const GROUPS: readonly (readonly [string, string])[] = [
  [
    NO_LOSS,
    `sync_binlog innodb_flush_log_at_trx_commit relay_log_recovery sync_relay_log relay_log_purge
     innodb_force_recovery innodb_read_only tc_heuristic_recover log_tc log_tc_size
     persisted_globals_load innodb_force_load_corrupted binlog_order_commits`,
  ],
  [GTIDS, 'gtid_mode enforce_gtid_consistency binlog_gtid_simple_recovery'],
  [
    BINLOG,
    `log_bin log_bin_index log_replica_updates binlog_encryption
     binlog_rotate_encryption_master_key_at_startup binlog_do_db binlog_ignore_db relay_log
     relay_log_index relay_log_info_file sql_log_bin`,
  ],
  [
    FENCE,
    `super_read_only read_only offline_mode skip_replica_start event_scheduler server_id
     server_id_bits server_uuid max_binlog_dump_events sporadic_binlog_dump_fail
     replication_optimize_for_static_plugin_config replication_sender_observe_commit_only`,
  ],
  [
    REPLICA,
    `replica_preserve_commit_order replica_skip_errors replica_sql_verify_checksum
     source_verify_checksum sql_replica_skip_counter`,
  ],
  [CODE, 'init_replica init_file'],
  [TIMING, 'replica_net_timeout rpl_stop_replica_timeout source_retry_count'],
  [
    FILES,
    `datadir basedir pid_file log_error plugin_dir character_sets_dir lc_messages_dir
     general_log_file slow_query_log_file innodb_data_home_dir innodb_data_file_path
     innodb_log_group_home_dir innodb_undo_directory innodb_doublewrite_dir innodb_directories
     innodb_temp_data_file_path innodb_temp_tablespaces_dir innodb_redo_log_archive_dirs
     replica_load_tmpdir chroot user external_locking symbolic_links`,
  ],
  [
    NETWORK,
    `port socket bind_address networking skip_networking create_admin_listener_thread mysqlx
     report_host report_port report_user report_password skip_name_resolve require_secure_transport
     thread_handling port_open_timeout proxy_protocol_networks`,
  ],
  [
    CERTIFICATES,
    `ssl ssl_ca ssl_cert ssl_key ssl_capath ssl_crl ssl_crlpath auto_generate_certs
     caching_sha2_password_auto_generate_rsa_keys caching_sha2_password_private_key_path
     caching_sha2_password_public_key_path sha256_password_auto_generate_rsa_keys
     sha256_password_private_key_path sha256_password_public_key_path clone_ssl_ca clone_ssl_cert
     clone_ssl_key clone_valid_donor_list`,
  ],
  [
    ACCESS,
    `secure_file_priv skip_grant_tables grant_tables partial_revokes authentication_policy
     default_authentication_plugin allow_suspicious_udfs safe_user_create show_replica_auth_info
     log_raw mandatory_roles`,
  ],
  [PLUGINS, 'plugin_load plugin_load_add early_plugin_load validate_user_plugins'],
  [
    'the agent starts and stops mysqld',
    `initialize initialize_insecure upgrade validate_config help verbose gdb console daemonize
     defaults_file defaults_extra_file defaults_group_suffix no_defaults print_defaults version
     install_server`,
  ],
];

const PREFIXES: readonly (readonly [string, string])[] = [
  ['rpl_semi_sync_', ACKS],
  ['replicate_', REPLICA],
  ['group_replication_', 'the operator replicates in its own way; the two do not mix'],
  ['admin_', "the agent's own way into a full server"],
  ['mysqlx_', 'the X protocol is off: clients could reach a fenced server through it'],
  ['keyring_migration_', 'the agent starts and stops mysqld'],
];

const FORBIDDEN: ReadonlyMap<string, string> = new Map(
  GROUPS.flatMap(([why, names]) => names.split(/\s+/).map((name): [string, string] => [name, why])),
);

/** Why nobody may set it, whatever the value; undefined when it may be set. */
export function whyForbidden(modernName: string): string | undefined {
  return (
    FORBIDDEN.get(modernName) ?? PREFIXES.find(([prefix]) => modernName.startsWith(prefix))?.[1]
  );
}

/** Every forbidden name, for tests and documentation. */
export function forbiddenVariables(): readonly string[] {
  return [...FORBIDDEN.keys()];
}
