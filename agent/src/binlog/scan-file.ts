import { EMPTY_GTIDS, type GtidSet, GtidSetBuilder, unionGtids } from '@radondb/api/gtid';
import { BinlogCorruptError } from './errors.ts';
import { type BinlogEvent, EVENT_TYPE, IN_USE_FLAG } from './event-types.ts';
import { decodePreviousGtids } from './gtid-events.ts';
import { readEvents } from './read-events.ts';
import type { BinlogTransaction, TransactionTracker } from './transactions.ts';

/** What one log file holds. */
export interface LogFileScan {
  readonly file: string;
  readonly size: number;
  /** Transactions of all earlier files. Null when the file ends before it says so. */
  readonly previous: GtidSet | null;
  /** Complete transactions of this file. */
  readonly own: GtidSet;
  /** Complete transactions without GTID. */
  readonly anonymous: number;
  /** mysqld had it open when it died: it will be recovered at the next start. */
  readonly inUse: boolean;
  /** It holds a Rotate or Stop event: it was ended properly. */
  readonly ended: boolean;
  /** Where the last event begins that is not wholly there. */
  readonly tornOffset: number | null;
  /** Where the transaction begins whose end is not there (its events may be whole). */
  readonly incompleteOffset: number | null;
}

/**
 * Reads a whole binlog or relay log. `tracker` lives as long as the caller wants transactions to go on over a file's end.
 * @throws BinlogCorruptError, BinlogEncryptedError
 */
export async function scanLogFile(
  file: string,
  tracker: TransactionTracker,
  onTransaction?: (transaction: BinlogTransaction) => void,
): Promise<LogFileScan> {
  const own = new GtidSetBuilder();
  let previous: GtidSet | null = null;
  let anonymous = 0;
  let inUse = false;
  let ended = false;
  const end = await readEvents(file, (event) => {
    if (event.type === EVENT_TYPE.FORMAT_DESCRIPTION && event.offset === 4)
      inUse = (event.flags & IN_USE_FLAG) !== 0;
    if (event.type === EVENT_TYPE.PREVIOUS_GTIDS)
      previous = decode(file, event, () => decodePreviousGtids(event.body));
    if (event.type === EVENT_TYPE.ROTATE || event.type === EVENT_TYPE.STOP) ended = true;
    for (const transaction of decode(file, event, () => tracker.accept(event))) {
      if (transaction.gtid === null) anonymous += 1;
      else own.add(transaction.gtid);
      onTransaction?.(transaction);
    }
    return true;
  });
  return {
    file,
    size: end?.size ?? 0,
    previous,
    own: own.build(),
    anonymous,
    inUse,
    ended,
    tornOffset: end?.kind === 'torn' ? end.offset : null,
    incompleteOffset: tracker.openOffset,
  };
}

/** Previous_gtids of a file, reading its first events only. Null when they are not there. @throws BinlogCorruptError, BinlogEncryptedError */
export async function readPreviousGtids(file: string): Promise<GtidSet | null> {
  let previous: GtidSet | null = null;
  await readEvents(file, (event) => {
    if (event.type === EVENT_TYPE.FORMAT_DESCRIPTION) return true;
    if (event.type === EVENT_TYPE.PREVIOUS_GTIDS)
      previous = decode(file, event, () => decodePreviousGtids(event.body));
    return false;
  });
  return previous;
}

/** Everything that a file says has happened: what came before it and what is in it. */
export function contentOfFile(scan: LogFileScan): GtidSet {
  return unionGtids(scan.previous ?? EMPTY_GTIDS, scan.own);
}

function decode<T>(file: string, event: BinlogEvent, read: () => T): T {
  try {
    return read();
  } catch (error) {
    // The checksum was right and the content is not: a format that this parser does not know. Guessing would lose writes.
    const reason = error instanceof Error ? error.message : String(error);
    throw new BinlogCorruptError(file, event.offset, `event of type ${event.type}: ${reason}`);
  }
}
