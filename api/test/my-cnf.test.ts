import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { applyDefaults, DEFAULT_MYSQL_CLUSTER_SPEC } from '../src/defaults/mysql-cluster.ts';
import { type MyCnfInput, renderMyCnf, UnsafeConfigError } from '../src/my-cnf/render.ts';
import { aCluster } from './builders.ts';

export function aMyCnfInput(changes: Partial<MyCnfInput> = {}): MyCnfInput {
  return {
    spec: DEFAULT_MYSQL_CLUSTER_SPEC,
    serverId: 1,
    ports: { mysql: 3306, admin: 33062, mysqlHost: '127.0.0.1', adminHost: '127.0.0.1' },
    dataDir: '/data/mysql',
    tls: null,
    logFile: null,
    ...changes,
  };
}

const withConfig = (config: Record<string, string | number | boolean>): MyCnfInput =>
  aMyCnfInput({ spec: applyDefaults(aCluster({ mysql: { config } })).spec });

/** The settings as mysqld would end up with: later lines win. */
function settingsOf(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line.includes(' = '));
  return new Map(lines.map((line) => line.split(' = ', 2) as [string, string]));
}

describe('my.cnf', () => {
  it('is the golden file', () => {
    const spec = applyDefaults(
      aCluster({
        mysql: {
          config: { 'max-connections': 500, SLOW_QUERY_LOG: true, clone_max_concurrency: 4 },
        },
        ha: { durability: 'strict' },
      }),
    ).spec;
    const text = renderMyCnf(
      aMyCnfInput({
        spec,
        serverId: 7,
        tls: { caFile: '/tls/ca.crt', certFile: '/tls/tls.crt', keyFile: '/tls/tls.key' },
        logFile: '/data/log/error.log',
        reportHost: 'demo-0.demo-members',
        resources: { memoryBytes: 1024 ** 3 },
      }),
    );
    assert.equal(text, readFileSync(new URL('my-cnf.golden', import.meta.url), 'utf8'));
  });

  it('ends every setting that safety needs at its safe value', () => {
    const settings = settingsOf(renderMyCnf(withConfig({ max_connections: 9, sql_mode: 'ANSI' })));
    for (const [name, value] of Object.entries({
      gtid_mode: 'ON',
      enforce_gtid_consistency: 'ON',
      log_bin: 'binlog',
      log_replica_updates: 'ON',
      sync_binlog: '1',
      innodb_flush_log_at_trx_commit: '1',
      relay_log_recovery: 'OFF',
      relay_log: 'relay',
      replica_preserve_commit_order: 'ON',
      binlog_checksum: 'CRC32',
      skip_replica_start: 'ON',
      super_read_only: 'ON',
      read_only: 'ON',
      offline_mode: 'ON',
      event_scheduler: 'OFF',
      persisted_globals_load: 'OFF',
      replica_net_timeout: '4',
      rpl_stop_replica_timeout: '2',
      loose_rpl_semi_sync_source_timeout: '4294967295',
      loose_rpl_semi_sync_source_wait_point: 'AFTER_SYNC',
      loose_rpl_semi_sync_source_wait_no_replica: 'ON',
      create_admin_listener_thread: 'ON',
      mysqlx: 'OFF',
      sync_relay_log: '10000',
      max_connections: '9',
    })) {
      assert.equal(settings.get(name), value, name);
    }
  });

  it('is not made from settings that are not safe, whoever let them through', () => {
    for (const config of [
      { sync_binlog: 0 },
      { sql_mode: 'ANSI\nsync_binlog = 0' },
      { 'a\nsync_binlog': 0 },
      { loose_skip_super_read_only: 1 },
    ]) {
      assert.throws(() => renderMyCnf(withConfig(config)), UnsafeConfigError);
    }
    assert.throws(() => renderMyCnf(aMyCnfInput({ dataDir: '/a\nsync_binlog=0' })), RangeError);
    assert.throws(() => renderMyCnf(aMyCnfInput({ logFile: '/a#b' })), RangeError);
  });

  it('cannot be broken out of: any one setting makes at most one more line', () => {
    const plain = renderMyCnf(withConfig({ max_connections: 1 })).split('\n').length;
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom('sql_mode', 'init_connect', 'skip-log-bin'), fc.string()),
        fc.string({ unit: 'binary' }),
        (name, value) => {
          try {
            assert.equal(renderMyCnf(withConfig({ [name]: value })).split('\n').length, plain);
          } catch (error) {
            if (!(error instanceof UnsafeConfigError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
