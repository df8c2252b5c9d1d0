/** Binlogs and relay logs of a mysqld that is down, and the binlog's end of one that runs. */
export { BinlogTail, type TailContent } from './binlog-tail.ts';
export { BinlogCorruptError, BinlogEncryptedError } from './errors.ts';
export { readLogIndex } from './log-index.ts';
export { type BinlogScan, scanBinlog, scanRelayLogs } from './scan.ts';
export { contentOfFile, type LogFileScan, readPreviousGtids, scanLogFile } from './scan-file.ts';
export {
  type BinlogTransaction,
  type TransactionKind,
  TransactionTracker,
} from './transactions.ts';
