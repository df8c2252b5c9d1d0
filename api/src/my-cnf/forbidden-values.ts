/** Settings that may be set, but not to everything. Names in today's words. */
interface ValueRule {
  /** Whether the value is fine. The text is upper case. */
  readonly isSafe: (text: string) => boolean;
  /** Says what to do. */
  readonly message: string;
}

const oneOf =
  (...allowed: readonly string[]) =>
  (text: string): boolean =>
    allowed.includes(text);

const RULES: ReadonlyMap<string, ValueRule> = new Map([
  [
    'binlog_format',
    {
      isSafe: oneOf('ROW', '2'),
      message: 'must be ROW: with statements, replicas can differ from the primary',
    },
  ],
  [
    'binlog_checksum',
    {
      isSafe: oneOf('CRC32', '1'),
      message: 'must be CRC32: without checksums a torn binlog cannot be told from a whole one',
    },
  ],
  [
    'binlog_error_action',
    {
      isSafe: oneOf('ABORT_SERVER', '1'),
      message: 'must be ABORT_SERVER: the primary would go on without a binlog and lose writes',
    },
  ],
  [
    'innodb_doublewrite',
    {
      isSafe: oneOf('ON', 'TRUE', '1', 'DETECT_AND_RECOVER'),
      message: 'must stay ON: a crash could leave torn pages that cannot be repaired',
    },
  ],
  [
    'innodb_flush_method',
    {
      isSafe: oneOf('FSYNC', 'O_DSYNC', 'O_DIRECT', 'O_DIRECT_NO_FSYNC'),
      message: 'must be fsync, O_DSYNC, O_DIRECT or O_DIRECT_NO_FSYNC: the others do not sync',
    },
  ],
  [
    'innodb_checksum_algorithm',
    {
      isSafe: oneOf('CRC32', 'STRICT_CRC32'),
      message: 'must be crc32 or strict_crc32: corruption would go unseen',
    },
  ],
  [
    'innodb_fast_shutdown',
    {
      isSafe: oneOf('0', '1'),
      message: 'must be 0 or 1: 2 is a crash on purpose at every stop',
    },
  ],
  [
    'replica_exec_mode',
    {
      isSafe: oneOf('STRICT', '0'),
      message: 'must be STRICT: replicas would hide that they differ from the primary',
    },
  ],
  [
    'default_storage_engine',
    {
      isSafe: oneOf('INNODB'),
      message: 'must be InnoDB: other engines lose rows in a crash',
    },
  ],
  [
    'disabled_storage_engines',
    {
      isSafe: (text) => !text.split(/[\s,]+/).includes('INNODB'),
      message: 'must not name InnoDB: the server could not start',
    },
  ],
  [
    'performance_schema',
    {
      isSafe: oneOf('ON', 'TRUE', '1'),
      message: 'must stay ON: the agent reads the state of replication there',
    },
  ],
]);

/** Why this value would be unsafe; undefined when it is fine. */
export function unsafeValue(modernName: string, text: string): string | undefined {
  const rule = RULES.get(modernName);
  return rule === undefined || rule.isSafe(text.toUpperCase()) ? undefined : rule.message;
}
