/** Errors of the file log. */

export type FileLogErrorCode =
  | 'RAFT_LOG_CORRUPT'
  | 'RAFT_LOG_NEWER_FORMAT'
  | 'RAFT_LOG_FOREIGN'
  | 'RAFT_LOG_IN_USE'
  | 'RAFT_LOG_FAILED'
  | 'RAFT_LOG_CLOSED';

/**
 * The log cannot be used. `RAFT_LOG_CORRUPT` names the file and the byte offset; the remedy is to remove the node
 * from the cluster, wipe its directory and add it again. Never edit the files.
 */
export class FileLogError extends Error {
  readonly code: FileLogErrorCode;
  readonly file: string;
  readonly offset: number | undefined;
  constructor(
    code: FileLogErrorCode,
    message: string,
    at: { readonly file: string; readonly offset?: number; readonly cause?: unknown },
  ) {
    super(message, { cause: at.cause });
    this.name = 'FileLogError';
    this.code = code;
    this.file = at.file;
    this.offset = at.offset;
  }
}
