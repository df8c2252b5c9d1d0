import type { ConfigValue } from '../v1/values.ts';
import { KNOWN_VARIABLES } from './known-variables.ts';

/** A value as it stands in my.cnf: `true` → `ON`, `500` → `500`. */
export function configText(value: ConfigValue): string {
  if (typeof value === 'boolean') return value ? 'ON' : 'OFF';
  return typeof value === 'number' ? String(value) : value;
}

/** Values of settings that take a few only. Numbers, their positions, are taken too by mysqld. */
const ENUM_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['binlog_checksum', ['NONE', 'CRC32']],
  ['binlog_error_action', ['IGNORE_ERROR', 'ABORT_SERVER']],
  ['binlog_format', ['MIXED', 'STATEMENT', 'ROW']],
  ['binlog_row_image', ['MINIMAL', 'NOBLOB', 'FULL']],
  ['binlog_row_metadata', ['MINIMAL', 'FULL']],
  ['completion_type', ['NO_CHAIN', 'CHAIN', 'RELEASE']],
  ['concurrent_insert', ['NEVER', 'AUTO', 'ALWAYS']],
  ['delay_key_write', ['ON', 'OFF', 'ALL']],
  ['explain_format', ['TRADITIONAL', 'TRADITIONAL_STRICT', 'TREE', 'JSON']],
  ['internal_tmp_mem_storage_engine', ['MEMORY', 'TempTable']],
  ['log_timestamps', ['UTC', 'SYSTEM']],
  ['replica_exec_mode', ['STRICT', 'IDEMPOTENT']],
  ['session_track_gtids', ['OFF', 'OWN_GTID', 'ALL_GTIDS']],
  ['session_track_transaction_info', ['OFF', 'STATE', 'CHARACTERISTICS']],
  ['terminology_use_previous', ['NONE', 'BEFORE_8_0_26', 'BEFORE_8_2_0']],
  [
    'transaction_isolation',
    ['READ-UNCOMMITTED', 'READ-COMMITTED', 'REPEATABLE-READ', 'SERIALIZABLE'],
  ],
  ['updatable_views_with_limit', ['NO', 'YES']],
]);

/** What is wrong with the text itself, wherever it stands; undefined when nothing. */
export function textProblem(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text)) {
    return 'contains a line break or another control character: write the value on one line';
  }
  if (text.includes('#')) return 'contains "#", which begins a comment in my.cnf: remove it';
  if (text.includes('\\')) return 'contains a backslash, which my.cnf would interpret: remove it';
  if (/^["']|["']$/.test(text)) return 'is in quotes of its own: write the value without them';
  if (text !== text.trim()) return 'begins or ends with white space: remove it';
  return text.length > 1000 ? 'is longer than the 1000 characters that fit into a line' : undefined;
}

/** Whether the text can be a value of the setting; undefined when it can or nobody knows. */
export function typeProblem(name: string, text: string): string | undefined {
  const shown = JSON.stringify(text);
  switch (KNOWN_VARIABLES.get(name)) {
    case 'boolean':
      return isOneOf(text, ['ON', 'OFF', 'TRUE', 'FALSE', '1', '0'])
        ? undefined
        : `must be ON or OFF, not ${shown}`;
    case 'integer':
      return /^-?\d{1,20}[kmgtpe]?$/i.test(text)
        ? undefined
        : `must be a whole number like 500 or 64M, not ${shown}`;
    case 'number':
      return /^\d{1,20}(\.\d{1,20})?$/.test(text)
        ? undefined
        : `must be a number like 0.5, not ${shown}`;
    case 'enum': {
      const allowed = ENUM_VALUES.get(name);
      if (allowed === undefined || isOneOf(text, allowed) || isPosition(text, allowed)) return;
      return `must be one of ${allowed.join(', ')}, not ${shown}`;
    }
    case 'set':
    case 'text':
    case undefined:
      return undefined;
  }
}

function isOneOf(text: string, allowed: readonly string[]): boolean {
  return allowed.some((item) => item.toLowerCase() === text.toLowerCase());
}

function isPosition(text: string, allowed: readonly string[]): boolean {
  return /^\d$/.test(text) && Number(text) < allowed.length;
}
