import { parseGtidSet } from '@radondb/api/gtid';
import type { RowDataPacket } from 'mysql2/promise';
import type { MysqlObservation } from '../../ports.ts';
import { quote } from './quote.ts';

/** Names and values that I1, I5 and the scanner rest on; anything else is reported as unsafe. */
const DEMANDED: readonly (readonly [name: string, value: string])[] = [
  ['sync_binlog', '1'],
  ['innodb_flush_log_at_trx_commit', '1'],
  ['relay_log_recovery', 'OFF'],
  ['replica_preserve_commit_order', 'ON'],
  ['log_replica_updates', 'ON'],
  ['log_bin', 'ON'],
  ['gtid_mode', 'ON'],
  ['enforce_gtid_consistency', 'ON'],
  ['binlog_checksum', 'CRC32'],
  ['binlog_encryption', 'OFF'],
  ['rpl_semi_sync_source_wait_point', 'AFTER_SYNC'],
];

const READ_VARIABLES = [
  ...DEMANDED.map(([name]) => name),
  'read_only',
  'super_read_only',
  'offline_mode',
  'rpl_semi_sync_source_enabled',
  'rpl_semi_sync_source_timeout',
  'rpl_semi_sync_source_wait_for_replica_count',
  'rpl_semi_sync_source_wait_no_replica',
  'rpl_semi_sync_replica_enabled',
];

/** Sessions that are neither the agent's, nor replicas', nor the server's own. `p` is performance_schema.processlist. */
export function isClient(ownUsers: readonly string[]): string {
  return `p.USER NOT IN ('system user', 'event_scheduler', 'mysql.session', ${ownUsers.map(quote).join(', ')}) AND p.COMMAND <> 'Daemon'`;
}

/** One statement that reads everything of an observation, so that it costs one round trip. */
export function observationQuery(ownUsers: readonly string[]): string {
  const variables = READ_VARIABLES.flatMap((name) => [quote(name), `@@GLOBAL.${name}`]).join(', ');
  return `SELECT @@version AS version, @@server_uuid AS uuid, @@GLOBAL.gtid_purged AS purged,
    JSON_OBJECT(${variables}) AS variables,
    (SELECT JSON_OBJECTAGG(VARIABLE_NAME, VARIABLE_VALUE) FROM performance_schema.global_status
      WHERE VARIABLE_NAME LIKE 'Rpl\\_semi\\_sync\\_%') AS status,
    (SELECT JSON_OBJECT('host', c.HOST, 'port', c.PORT, 'state', s.SERVICE_STATE, 'errno', s.LAST_ERROR_NUMBER, 'error', s.LAST_ERROR_MESSAGE)
      FROM performance_schema.replication_connection_configuration c
      JOIN performance_schema.replication_connection_status s USING (CHANNEL_NAME) WHERE c.CHANNEL_NAME = '') AS receiver,
    (SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = '') AS retrieved,
    (SELECT SERVICE_STATE FROM performance_schema.replication_applier_status WHERE CHANNEL_NAME = '') AS applier,
    (SELECT CONCAT(LAST_ERROR_NUMBER, ': ', LAST_ERROR_MESSAGE) FROM performance_schema.replication_applier_status_by_worker
      WHERE CHANNEL_NAME = '' AND LAST_ERROR_NUMBER <> 0 LIMIT 1) AS worker_error,
    (SELECT CONCAT(LAST_ERROR_NUMBER, ': ', LAST_ERROR_MESSAGE) FROM performance_schema.replication_applier_status_by_coordinator
      WHERE CHANNEL_NAME = '' AND LAST_ERROR_NUMBER <> 0 LIMIT 1) AS coordinator_error,
    (SELECT MAX(TIMESTAMPDIFF(MICROSECOND, APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP, NOW(6)))
      FROM performance_schema.replication_applier_status_by_worker
      WHERE CHANNEL_NAME = '' AND APPLYING_TRANSACTION <> '' AND APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP > '1970-01-02') AS behind,
    (SELECT COUNT(*) FROM performance_schema.processlist p WHERE ${isClient(ownUsers)}) AS clients,
    GTID_SUBTRACT(COALESCE((SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status
      WHERE CHANNEL_NAME = ''), ''), @@GLOBAL.gtid_executed) = '' AS applied_all,
    @@GLOBAL.gtid_executed AS executed`;
}

/** The row of `observationQuery`. */
export function observationOf(row: RowDataPacket): MysqlObservation {
  const variables = record(row['variables']);
  const status = record(row['status']);
  const receiver = row['receiver'] === null ? null : record(row['receiver']);
  const on = (name: string) => isOn(variables[name]);
  const host = text(receiver?.['host']);
  return {
    version: text(row['version']),
    serverUuid: text(row['uuid']),
    executed: parseGtidSet(text(row['executed'])),
    retrieved: parseGtidSet(text(row['retrieved'])),
    purged: parseGtidSet(text(row['purged'])),
    readOnly: on('read_only'),
    superReadOnly: on('super_read_only'),
    offline: on('offline_mode'),
    connections: Number(row['clients']),
    source: host === '' ? null : { host, port: Number(receiver?.['port']) },
    receiver: receiverState(text(receiver?.['state'])),
    receiverError:
      Number(receiver?.['errno'] ?? 0) === 0
        ? null
        : `${receiver?.['errno']}: ${text(receiver?.['error'])}`,
    applierRunning: row['applier'] === 'ON',
    applierError: nullableText(row['worker_error']) ?? nullableText(row['coordinator_error']),
    lagMs: lagOf(row, host !== ''),
    semiSync: {
      sourceEnabled: on('rpl_semi_sync_source_enabled'),
      sourceActive: isOn(status['Rpl_semi_sync_source_status']),
      sourceClients: Number(status['Rpl_semi_sync_source_clients'] ?? 0),
      waitForReplicaCount: Number(variables['rpl_semi_sync_source_wait_for_replica_count']),
      timeoutMs: Number(variables['rpl_semi_sync_source_timeout']),
      waitNoReplica: on('rpl_semi_sync_source_wait_no_replica'),
      waitPoint: text(variables['rpl_semi_sync_source_wait_point']),
      waitSessions: Number(status['Rpl_semi_sync_source_wait_sessions'] ?? 0),
      unacknowledgedCommits: Number(status['Rpl_semi_sync_source_no_tx'] ?? 0),
      replicaEnabled: on('rpl_semi_sync_replica_enabled'),
      replicaActive: isOn(status['Rpl_semi_sync_replica_status']),
    },
    unsafeSettings: DEMANDED.filter(([name, value]) => !matches(variables[name], value)).map(
      ([name]) => name,
    ),
  };
}

function lagOf(row: RowDataPacket, hasSource: boolean): number | null {
  if (!hasSource) return null;
  if (Number(row['applied_all']) === 1) return 0;
  if (row['behind'] === null) return null;
  return Math.max(0, Number(row['behind']) / 1_000);
}

function receiverState(state: string): 'ON' | 'OFF' | 'CONNECTING' {
  return state === 'ON' || state === 'CONNECTING' ? state : 'OFF';
}

function matches(read: unknown, wanted: string): boolean {
  if (wanted === 'ON' || wanted === 'OFF') return isOn(read) === (wanted === 'ON');
  return text(read) === wanted;
}

/** Boolean variables come as 1, '1' or 'ON'. */
export function isOn(value: unknown): boolean {
  return value === 1 || value === '1' || value === 'ON' || value === true;
}

export function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

function nullableText(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return isRecord(parsed) ? parsed : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
