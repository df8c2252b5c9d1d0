/** A binlog or relay log is not what mysqld writes, before its end: never an effect of a SIGKILL. Touch nothing. */
export class BinlogCorruptError extends Error {
  readonly code = 'BINLOG_CORRUPT';
  readonly file: string;
  readonly offset: number;
  readonly reason: string;

  constructor(file: string, offset: number, reason: string) {
    super(`${file} is corrupt at offset ${offset}: ${reason}`);
    this.name = 'BinlogCorruptError';
    this.file = file;
    this.offset = offset;
    this.reason = reason;
  }
}

/** The file is encrypted (`binlog_encryption`): its GTIDs cannot be read while mysqld is down. */
export class BinlogEncryptedError extends Error {
  readonly code = 'BINLOG_ENCRYPTED';
  readonly file: string;

  constructor(file: string) {
    super(
      `${file} is encrypted; switch binlog_encryption off, its content cannot be read while mysqld is down`,
    );
    this.name = 'BinlogEncryptedError';
    this.file = file;
  }
}
