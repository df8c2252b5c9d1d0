/**
 * Settings that a running mysqld takes with SET GLOBAL and whose absence SET GLOBAL … = DEFAULT means the same as at a start. Left out:
 * what is rendered by us, what the agent sets with a role, and what mysqld works out itself when it starts. A setting that is not here
 * is applied with a restart, which is always right. `test/integration/mysqld-variables.test.ts` asks a real server.
 */
import type { ConfigValue } from '../v1/values.ts';
import { KNOWN_VARIABLES } from './known-variables.ts';
import { readVariableName } from './variable-name.ts';
import { configText } from './variable-value.ts';

export const DYNAMIC_VARIABLES: ReadonlySet<string> = new Set(
  `binlog_cache_size binlog_expire_logs_seconds bulk_insert_buffer_size connect_timeout cte_max_recursion_depth
  eq_range_index_dive_limit general_log group_concat_max_len innodb_io_capacity
  innodb_lock_wait_timeout innodb_lru_scan_depth innodb_max_dirty_pages_pct innodb_old_blocks_time
  innodb_online_alter_log_max_size innodb_print_all_deadlocks innodb_stats_persistent_sample_pages
  innodb_thread_concurrency interactive_timeout join_buffer_size lock_wait_timeout
  log_queries_not_using_indexes log_slow_admin_statements log_slow_extra log_slow_replica_statements
  log_throttle_queries_not_using_indexes long_query_time max_allowed_packet max_connect_errors max_connections
  max_execution_time max_heap_table_size max_join_size max_prepared_stmt_count max_sort_length
  max_user_connections min_examined_row_limit net_read_timeout net_retry_count net_write_timeout
  optimizer_prune_level read_buffer_size read_rnd_buffer_size slow_launch_time slow_query_log
  sort_buffer_size sql_mode tmp_table_size transaction_isolation transaction_prealloc_size wait_timeout`.split(
    /\s+/,
  ),
);

export type Config = Readonly<Record<string, ConfigValue>>;

/** Settings by how they are applied. Spelling and order do not count for `dynamic`: its keys are today's names, sorted. */
export function splitConfig(config: Config): {
  readonly dynamic: Config;
  readonly restart: Config;
} {
  const entries = Object.entries(config).map(([written, value]) => {
    const { modern, prefixes } = readVariableName(written);
    const isDynamic = prefixes.length === 0 && DYNAMIC_VARIABLES.has(modern);
    return { written, modern, value, isDynamic };
  });
  const dynamic = entries
    .filter(({ isDynamic }) => isDynamic)
    .sort((a, b) => (a.modern < b.modern ? -1 : 1));
  return {
    dynamic: Object.fromEntries(dynamic.map(({ modern, value }) => [modern, value])),
    restart: Object.fromEntries(
      entries.filter(({ isDynamic }) => !isDynamic).map(({ written, value }) => [written, value]),
    ),
  };
}

/** What stands behind SET GLOBAL: a number as it is, or a text to be quoted. */
export type SettingLiteral =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string };

const FACTORS = 'kmgtpe';

/** A value of a setting that has passed `checkConfig`: my.cnf knows 64M, SET GLOBAL does not. */
export function settingLiteral(name: string, value: ConfigValue): SettingLiteral {
  const text = configText(value);
  const type = KNOWN_VARIABLES.get(name);
  const integer = /^(-?\d{1,20})([kmgtpe]?)$/i.exec(text);
  if (type === 'integer' && integer !== null) {
    const power = FACTORS.indexOf((integer[2] ?? '').toLowerCase() || ' ') + 1;
    return { kind: 'number', text: String(BigInt(integer[1] ?? 0) * 1024n ** BigInt(power)) };
  }
  const isNumber = type === 'number' && /^\d{1,20}(\.\d{1,20})?$/.test(text);
  if (isNumber || (type === 'enum' && /^\d$/.test(text))) return { kind: 'number', text };
  return { kind: 'text', text };
}
