import { EMPTY_GTIDS, type GtidSet, unionGtids } from '@radondb/api/gtid';
import { BinlogCorruptError } from './errors.ts';
import { isMissing, readLogIndex } from './log-index.ts';
import { contentOfFile, type LogFileScan, readPreviousGtids, scanLogFile } from './scan-file.ts';
import { type BinlogTransaction, TransactionTracker } from './transactions.ts';

/** What the binlog of a stopped server holds. */
export interface BinlogScan {
  /** Previous_gtids of the last file and every complete transaction in it. */
  readonly content: GtidSet;
  /** Previous_gtids of the first file. */
  readonly purged: GtidSet;
  /** Null: there is no binlog. */
  readonly lastFile: LogFileScan | null;
}

/**
 * Reads the binlog of a server that is down: the head of the first file and the whole last one. `onTransaction` is told each complete
 * transaction of the last file (a full one has millions: they are not kept here).
 * A file that mysqld died in while creating it has no Previous_gtids; then the one before it is the last.
 * @throws BinlogCorruptError, BinlogEncryptedError
 */
export async function scanBinlog(
  folder: string,
  indexFile: string,
  onTransaction?: (transaction: BinlogTransaction) => void,
): Promise<BinlogScan> {
  const files = await readLogIndex(folder, indexFile);
  const purged = await purgedBefore(files);
  for (let i = files.length - 1; i >= 0; i -= 1) {
    const file = files[i];
    if (file === undefined) continue;
    const isNewest = i === files.length - 1;
    const lastFile = await scanNamed(file, new TransactionTracker('binlog'), onTransaction);
    if (!isNewest && lastFile.tornOffset !== null) {
      throw new BinlogCorruptError(
        file,
        lastFile.tornOffset,
        'it is not the last file and its end is torn',
      );
    }
    if (lastFile.previous !== null) return { content: contentOfFile(lastFile), purged, lastFile };
    // Without Previous_gtids only a file that was torn while it was created may be skipped.
    if (lastFile.tornOffset === null && lastFile.size > 4 && !isNewest) {
      throw new BinlogCorruptError(file, 4, 'it has no Previous_gtids');
    }
  }
  return { content: EMPTY_GTIDS, purged, lastFile: null };
}

/**
 * GTIDs of complete transactions in the relay logs. Each file may have a torn end: mysqld goes on in a new one after a restart.
 * Files that are gone although the index names them were purged, which mysqld does with applied ones only: oldest first.
 * @throws BinlogCorruptError, BinlogEncryptedError
 */
export async function scanRelayLogs(
  folder: string,
  indexFile: string,
): Promise<{ readonly content: GtidSet; readonly files: readonly string[] }> {
  const files = await readLogIndex(folder, indexFile);
  const tracker = new TransactionTracker('relay-log');
  let content = EMPTY_GTIDS;
  let found = false;
  for (const file of files) {
    try {
      const scan = await scanLogFile(file, tracker);
      content = unionGtids(content, scan.own);
      found = true;
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (found) throw new BinlogCorruptError(file, 0, 'the index names it, and it is not there');
    }
  }
  return { content, files };
}

async function purgedBefore(files: readonly string[]): Promise<GtidSet> {
  for (const file of files) {
    try {
      const previous = await readPreviousGtids(file);
      if (previous !== null) return previous;
    } catch (error) {
      // Purged, and mysqld died before it wrote the index again.
      if (!isMissing(error)) throw error;
    }
  }
  return EMPTY_GTIDS;
}

async function scanNamed(
  file: string,
  tracker: TransactionTracker,
  onTransaction: ((transaction: BinlogTransaction) => void) | undefined,
): Promise<LogFileScan> {
  try {
    return await scanLogFile(file, tracker, onTransaction);
  } catch (error) {
    if (isMissing(error))
      throw new BinlogCorruptError(file, 0, 'the index names it, and it is not there');
    throw error;
  }
}
