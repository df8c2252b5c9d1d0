import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validateMysqlCluster, validateMysqlClusterUpdate } from '../src/validate/mysql-cluster.ts';
import { aCluster } from './builders.ts';

const config = (settings: Record<string, unknown>): Record<string, unknown> => ({
  ...aCluster(),
  spec: { mysql: { config: settings } },
});
const spec = (value: unknown): Record<string, unknown> => ({ ...aCluster(), spec: value });
const named = (name: unknown): Record<string, unknown> => ({ ...aCluster(), metadata: { name } });
const at = (...names: string[]): string[] => names.map((name) => `spec.mysql.config.${name}`);

/** What is wrong → exactly these fields, in any order. */
const BAD: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['nothing', null, ['']],
  ['a text', 'MysqlCluster', ['']],
  ['a list', [aCluster()], ['']],
  ['an empty object', {}, ['apiVersion', 'kind', 'metadata', 'spec']],
  ['another version', { ...aCluster(), apiVersion: 'radondb.com/v2' }, ['apiVersion']],
  [
    'the earlier group',
    { ...aCluster(), apiVersion: 'mysql.radondb.com/v1alpha1' },
    ['apiVersion'],
  ],
  ['another kind', { ...aCluster(), kind: 'MySQLCluster' }, ['kind']],
  ['a field beside spec', { ...aCluster(), data: {} }, ['data']],
  ['no name', { ...aCluster(), metadata: {} }, ['metadata.name']],
  ['an empty name', named(''), ['metadata.name']],
  ['a name with capitals', named('Demo'), ['metadata.name']],
  ['a name with a dot', named('de.mo'), ['metadata.name']],
  ['a name that begins with a digit', named('1demo'), ['metadata.name']],
  ['a name that ends with a dash', named('demo-'), ['metadata.name']],
  ['a name of 41 characters', named('d'.repeat(41)), ['metadata.name']],
  ['a name with a line break', named('demo\n'), ['metadata.name']],
  ['a number as name', named(7), ['metadata.name']],
  ['spec null', spec(null), ['spec']],
  ['less than no members', spec({ replicas: -1 }), ['spec.replicas']],
  ['eight members', spec({ replicas: 8 }), ['spec.replicas']],
  ['half a member', spec({ replicas: 2.5 }), ['spec.replicas']],
  ['replicas as text', spec({ replicas: '3' }), ['spec.replicas']],
  ['a misspelt field', spec({ replica: 3 }), ['spec.replica']],
  ['a field with the wrong case', spec({ mySQL: {} }), ['spec.mySQL']],
  ['a field that has no engine yet', spec({ backup: {} }), ['spec.backup']],
  ['an unknown version', spec({ mysql: { version: '5.7' } }), ['spec.mysql.version']],
  ['the version as number', spec({ mysql: { version: 9.7 } }), ['spec.mysql.version']],
  ['an unknown field of mysql', spec({ mysql: { conf: {} } }), ['spec.mysql.conf']],
  ['config as list', spec({ mysql: { config: ['a=b'] } }), ['spec.mysql.config']],
  ['an unknown durability', spec({ ha: { durability: 'Strict' } }), ['spec.ha.durability']],
  ['failover as text', spec({ ha: { failover: 'off' } }), ['spec.ha.failover']],
  [
    'enabled as text and a delay without unit',
    spec({ ha: { failover: { enabled: 'true', delay: '5' } } }),
    ['spec.ha.failover.enabled', 'spec.ha.failover.delay'],
  ],
  ['a delay of a day', spec({ ha: { failover: { delay: '24h' } } }), ['spec.ha.failover.delay']],
  ['a value that is a list', config({ sql_mode: ['ANSI'] }), at('sql_mode')],
  ['a value that is null', config({ sql_mode: null }), at('sql_mode')],
  ['sync_binlog', config({ sync_binlog: 0 }), at('sync_binlog')],
  ['sync_binlog even at our value', config({ sync_binlog: 1 }), at('sync_binlog')],
  ['sync_binlog with a dash', config({ 'sync-binlog': '0' }), at('sync-binlog')],
  ['sync_binlog in capitals', config({ SYNC_BINLOG: '0' }), at('SYNC_BINLOG')],
  ['sync_binlog, loose', config({ loose_sync_binlog: '0' }), at('loose_sync_binlog')],
  ['sync_binlog, loose with dashes', config({ 'LOOSE-Sync_Binlog': '0' }), at('LOOSE-Sync_Binlog')],
  ['sync_binlog with a limit', config({ maximum_sync_binlog: '0' }), at('maximum_sync_binlog')],
  [
    'sync_binlog, prefixed twice',
    config({ 'loose-skip-sync-binlog': 1 }),
    at('loose-skip-sync-binlog'),
  ],
  ['a beginning of sync_binlog', config({ sync_binlo: '0' }), at('sync_binlo')],
  ['a loose beginning of it', config({ loose_sync_binlo: '0' }), at('loose_sync_binlo')],
  [
    'the binlog off, in every way',
    config({ skip_log_bin: true, 'disable-log-bin': 1, log_bin: 'OFF', 'skip-log_bin_index': 'x' }),
    at('skip_log_bin', 'disable-log-bin', 'log_bin', 'skip-log_bin_index').concat(
      // Two spellings of one setting are told as well.
      at('disable-log-bin', 'log_bin'),
    ),
  ],
  [
    'old words',
    config({
      log_slave_updates: 'OFF',
      slave_net_timeout: 60,
      'skip-slave-start': 0,
      slave_preserve_commit_order: 0,
      rpl_semi_sync_master_enabled: 0,
      init_slave: 'DROP TABLE t',
      slave_skip_errors: 'all',
      master_verify_checksum: 'OFF',
    }),
    at(
      'log_slave_updates',
      'slave_net_timeout',
      'skip-slave-start',
      'slave_preserve_commit_order',
      'rpl_semi_sync_master_enabled',
      'init_slave',
      'slave_skip_errors',
      'master_verify_checksum',
    ),
  ],
  [
    'semi-sync',
    config({ rpl_semi_sync_source_timeout: 10, 'loose-rpl_semi_sync_replica_enabled': 'ON' }),
    at('rpl_semi_sync_source_timeout', 'loose-rpl_semi_sync_replica_enabled'),
  ],
  [
    'the fence',
    config({
      super_read_only: 'OFF',
      skip_read_only: 1,
      offline_mode: 'OFF',
      event_scheduler: 'ON',
    }),
    at('super_read_only', 'skip_read_only', 'offline_mode', 'event_scheduler'),
  ],
  [
    'durability',
    config({
      innodb_flush_log_at_trx_commit: 2,
      relay_log_recovery: 'ON',
      sync_relay_log: 0,
      relay_log_purge: 'OFF',
      persisted_globals_load: 'ON',
      tc_heuristic_recover: 'ROLLBACK',
      innodb_force_recovery: 1,
    }),
    at(
      'innodb_flush_log_at_trx_commit',
      'relay_log_recovery',
      'sync_relay_log',
      'relay_log_purge',
      'persisted_globals_load',
      'tc_heuristic_recover',
      'innodb_force_recovery',
    ),
  ],
  [
    'GTIDs and identity',
    config({
      gtid_mode: 'OFF',
      enforce_gtid_consistency: 'WARN',
      server_id: 1,
      'server-uuid': 'x',
    }),
    at('gtid_mode', 'enforce_gtid_consistency', 'server_id', 'server-uuid'),
  ],
  [
    'files',
    config({
      datadir: '/x',
      socket: '/x',
      pid_file: '/x',
      plugin_dir: '/x',
      log_error: '/x',
      init_file: '/x',
    }),
    at('datadir', 'socket', 'pid_file', 'plugin_dir', 'log_error', 'init_file'),
  ],
  [
    'network',
    config({
      port: 3306,
      bind_address: '*',
      admin_address: '::',
      skip_networking: 1,
      mysqlx_port: 1,
      mysqlx: 1,
    }),
    at('port', 'bind_address', 'admin_address', 'skip_networking', 'mysqlx_port', 'mysqlx'),
  ],
  [
    'access',
    config({
      skip_grant_tables: 1,
      'secure-file-priv': '/',
      partial_revokes: 'OFF',
      enable_grant_tables: 0,
      plugin_load_add: 'x.so',
    }),
    at(
      'skip_grant_tables',
      'secure-file-priv',
      'partial_revokes',
      'enable_grant_tables',
      'plugin_load_add',
    ),
  ],
  [
    'removed settings',
    config({ default_authentication_plugin: 'x', query_cache_size: 1 }),
    at('default_authentication_plugin', 'query_cache_size'),
  ],
  [
    'unsafe values',
    config({
      binlog_format: 'STATEMENT',
      binlog_checksum: 'none',
      binlog_error_action: 0,
      innodb_doublewrite: false,
      innodb_flush_method: 'nosync',
      innodb_fast_shutdown: 2,
      replica_exec_mode: 'IDEMPOTENT',
      default_storage_engine: 'MyISAM',
      disabled_storage_engines: 'MyISAM, innodb',
      performance_schema: 0,
    }),
    at(
      'binlog_format',
      'binlog_checksum',
      'binlog_error_action',
      'innodb_doublewrite',
      'innodb_flush_method',
      'innodb_fast_shutdown',
      'replica_exec_mode',
      'default_storage_engine',
      'disabled_storage_engines',
      'performance_schema',
    ),
  ],
  [
    'doublewrite off by prefix',
    config({ skip_innodb_doublewrite: '1' }),
    at('skip_innodb_doublewrite'),
  ],
  [
    'replication filters',
    config({ replicate_do_db: 'a', 'binlog-ignore-db': 'b' }),
    at('replicate_do_db', 'binlog-ignore-db'),
  ],
  [
    'group replication',
    config({ group_replication_start_on_boot: 'ON' }),
    at('group_replication_start_on_boot'),
  ],
  ['a line break in a value', config({ init_connect: 'SET a\nsync_binlog=0' }), at('init_connect')],
  ['a NUL in a value', config({ init_connect: 'a\0b' }), at('init_connect')],
  ['a comment in a value', config({ sql_mode: 'ANSI # ' }), at('sql_mode')],
  ['a backslash in a value', config({ sql_mode: 'A\\nsync_binlog=0' }), at('sql_mode')],
  ['a value in quotes', config({ sql_mode: '"ANSI"' }), at('sql_mode')],
  ['a very long value', config({ init_connect: 'x'.repeat(1001) }), at('init_connect')],
  [
    'a name with a line break',
    config({ 'sql_mode\nsync_binlog': 0 }),
    ['spec.mysql.config[sql_mode\nsync_binlog]'],
  ],
  [
    'a name with an equals sign',
    config({ 'sync_binlog=0': 1 }),
    ['spec.mysql.config[sync_binlog=0]'],
  ],
  [
    'a section',
    config({ '[mysqld]': 1, '!include': '/x' }),
    ['spec.mysql.config[[mysqld]]', 'spec.mysql.config[!include]'],
  ],
  ['an unknown setting', config({ max_conections: 5 }), at('max_conections')],
  [
    'a setting of a component',
    config({ 'validate_password.policy': 1 }),
    ['spec.mysql.config[validate_password.policy]'],
  ],
  [
    'wrong types',
    config({
      max_connections: 'many',
      slow_query_log: 'yes',
      long_query_time: '1s',
      innodb_buffer_pool_size: '1GB',
      transaction_isolation: 'NONE',
    }),
    at(
      'max_connections',
      'slow_query_log',
      'long_query_time',
      'innodb_buffer_pool_size',
      'transaction_isolation',
    ),
  ],
  ['an empty number', config({ max_connections: '' }), at('max_connections')],
  [
    'two spellings of one setting',
    config({ max_connections: 1, 'max-connections': 2 }),
    at('max-connections'),
  ],
  [
    'a setting of another version',
    spec({ mysql: { version: '8.4', config: { container_aware: 1 } } }),
    at('container_aware'),
  ],
  ['a setting that has gone', config({ mysql_native_password: 'ON' }), at('mysql_native_password')],
  [
    'mistakes everywhere, all at once',
    {
      apiVersion: 'v1',
      kind: 'MysqlCluster',
      metadata: { name: 'A' },
      spec: {
        replicas: 9,
        mysql: { versoin: '9.7', config: { 'sync-binlog': 0, nonsense: [] } },
        ha: { durability: 1 },
      },
    },
    [
      'apiVersion',
      'metadata.name',
      'spec.replicas',
      'spec.mysql.versoin',
      'spec.ha.durability',
      ...at('sync-binlog', 'nonsense'),
    ],
  ],
];

describe('a bad MysqlCluster is refused with exactly its fields', () => {
  for (const [name, value, fields] of BAD) {
    it(name, () => {
      const { cluster, problems } = validateMysqlCluster(value);
      assert.deepEqual(problems.map(({ field }) => field).sort(), [...fields].sort());
      assert.equal(cluster, null);
      for (const { message } of problems) assert.match(message, /\S/);
    });
  }

  it('there are at least 40 of them', () => assert.ok(BAD.length >= 40));
});

describe('the messages', () => {
  const only = (value: unknown): { reason: string; message: string } => {
    const [problem, ...others] = validateMysqlCluster(value).problems;
    assert.ok(problem !== undefined && others.length === 0);
    return { reason: problem.reason, message: problem.message };
  };

  it('say what was meant', () => {
    assert.deepEqual(only(spec({ replcias: 3 })), {
      reason: 'FieldValueForbidden',
      message: 'there is no field "replcias" here: did you mean "replicas"?',
    });
    assert.deepEqual(only(config({ max_conections: 5 })), {
      reason: 'FieldValueNotSupported',
      message: "is not a setting of MySQL 9.7's configuration file: did you mean max_connections?",
    });
    assert.match(only(config({ time_zone: 'UTC' })).message, /did you mean default_time_zone\?/);
    assert.deepEqual(only(spec({ ha: { durability: 'strickt' } })), {
      reason: 'FieldValueNotSupported',
      message: 'must be one of "standard", "strict", not "strickt"; did you mean "strict"?',
    });
  });

  it('say why a setting is not allowed', () => {
    assert.deepEqual(only(config({ 'sync-binlog': 0 })), {
      reason: 'FieldValueForbidden',
      message: 'is set by the operator, because an acknowledged write could be lost: remove it',
    });
  });

  it('never take long, whatever is sent', () => {
    const settings = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`innodb_bufer_pool_sise_of_nothing_${i}`, 'x']),
    );
    const started = performance.now();
    validateMysqlCluster(config(settings));
    validateMysqlCluster(config({ ['x'.repeat(100_000)]: 'y'.repeat(100_000) }));
    assert.ok(performance.now() - started < 1000);
  });
});

describe('a good MysqlCluster', () => {
  it('may say nothing but its name', () => {
    const cluster = aCluster();
    assert.deepEqual(validateMysqlCluster(cluster), { cluster, problems: [], warnings: [] });
  });

  it('may carry what the API server adds', () => {
    const cluster = {
      ...aCluster({ replicas: 5, ha: { failover: { delay: '1m30s' }, durability: 'strict' } }),
      metadata: { name: 'd', namespace: 'n', uid: 'u', labels: { a: 'b' }, managedFields: [] },
    };
    assert.deepEqual(validateMysqlCluster(cluster).problems, []);
  });

  it('may set what is safe, in any spelling and type', () => {
    const settings = {
      max_connections: 500,
      'max-allowed-packet': '64M',
      loose_innodb_adaptive_hash_index: true,
      SLOW_QUERY_LOG: 'on',
      long_query_time: 0.5,
      sql_mode: '',
      binlog_format: 'row',
      innodb_doublewrite: 'ON',
      transaction_isolation: 'read-committed',
      init_connect: 'SET NAMES utf8mb4',
      clone_max_concurrency: 8,
      binlog_expire_logs_seconds: 86400,
    };
    assert.deepEqual(validateMysqlCluster(config(settings)).problems, []);
  });

  it('is warned of an even count, with what it cannot survive', () => {
    const warningsFor = (replicas: number): readonly string[] =>
      validateMysqlCluster(aCluster({ replicas })).warnings.map(({ message }) => message);
    for (const replicas of [1, 3, 5, 7]) assert.deepEqual(warningsFor(replicas), []);
    assert.match(warningsFor(2).join(), /no automatic failover/);
    assert.match(warningsFor(4).join(), /survive the loss of 1, no more than 3 do/);
    assert.match(warningsFor(6).join(), /survive the loss of 2, no more than 5 do/);
  });

  it('is warned when nobody takes over, and of what cannot be changed later', () => {
    const { warnings } = validateMysqlCluster({
      ...aCluster(),
      spec: {
        ha: { failover: { enabled: false } },
        mysql: { config: { 'lower-case-table-names': 1 } },
      },
    });
    assert.deepEqual(
      warnings.map(({ field }) => field),
      ['spec.ha.failover.enabled', 'spec.mysql.config.lower-case-table-names'],
    );
  });
});

describe('an update', () => {
  it('may not go back to an earlier MySQL, nor change what is fixed', () => {
    const before = aCluster({ mysql: { config: { lower_case_table_names: 1 } } });
    const after = aCluster({ mysql: { version: '8.4' } });
    assert.deepEqual(
      validateMysqlClusterUpdate(before, after).problems.map(({ field }) => field),
      ['spec.mysql.version', 'spec.mysql.config.lower_case_table_names'],
    );
    assert.deepEqual(validateMysqlClusterUpdate(after, before).problems.length, 1);
  });

  it('may change the rest', () => {
    const after = aCluster({ replicas: 5, mysql: { version: '9.7' } });
    assert.equal(
      validateMysqlClusterUpdate(aCluster({ mysql: { version: '8.4' } }), after).cluster,
      after,
    );
  });
});
