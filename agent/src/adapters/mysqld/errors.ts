/** mysqld did not come up. `logTail` is the end of its log, `hint` what a person can do, when it is known. */
export class MysqldStartError extends Error {
  readonly code = 'MYSQLD_START';
  readonly hint: string | null;
  readonly logTail: readonly string[];

  constructor(what: string, hint: string | null, logTail: readonly string[]) {
    const parts = [what, ...(hint === null ? [] : [hint]), ...logTail];
    super(parts.join('\n  '));
    this.name = 'MysqldStartError';
    this.hint = hint;
    this.logTail = logTail;
  }
}

/** mysqld did not answer within the deadline, or there is none. What it was asked may still happen. */
export class MysqlUnreachableError extends Error {
  readonly code = 'MYSQL_UNREACHABLE';

  constructor(what: string, options?: ErrorOptions) {
    super(what, options);
    this.name = 'MysqlUnreachableError';
  }
}

/** mysqld answered with an error. Never holds the statement's text: that may contain a password. */
export class MysqlStatementError extends Error {
  readonly code = 'MYSQL_STATEMENT';
  /** MySQL's number, such as 1290. */
  readonly errno: number;

  constructor(what: string, errno: number) {
    super(what);
    this.name = 'MysqlStatementError';
    this.errno = errno;
  }
}

/** Going on would break an invariant: a setting does not read back as set, or a relay log would be dropped. Fence, and say so. */
export class UnsafeServerError extends Error {
  readonly code = 'UNSAFE_SERVER';

  constructor(what: string) {
    super(what);
    this.name = 'UnsafeServerError';
  }
}

/** The files of a running mysqld were asked for, or a start of one that runs. A mistake of the caller. */
export class MysqldStateError extends Error {
  readonly code = 'MYSQLD_STATE';

  constructor(what: string) {
    super(what);
    this.name = 'MysqldStateError';
  }
}

/** A clone failed; the data that was there before is there still. */
export class CloneError extends Error {
  readonly code = 'CLONE';

  constructor(what: string, options?: ErrorOptions) {
    super(what, options);
    this.name = 'CloneError';
  }
}
