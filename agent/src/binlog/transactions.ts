import type { Gtid } from '@radondb/api/gtid';
import { type BinlogEvent, EVENT_TYPE } from './event-types.ts';
import { decodeGtid, decodeTaggedGtid } from './gtid-events.ts';
import { decodeQuery } from './query-event.ts';

/**
 * By what a transaction ended, which says whether InnoDB can roll it back when it is only prepared (rewind.md, step 4):
 * `xid`, `payload`, `ddl` and `xa-prepare` it can; `other` (a COMMIT as text: not transactional; DDL without XID) it cannot.
 */
export type TransactionKind = 'xid' | 'payload' | 'ddl' | 'xa-prepare' | 'other';

/** A complete transaction of a file. */
export interface BinlogTransaction {
  /** Null: anonymous, written while gtid_mode was not ON. */
  readonly gtid: Gtid | null;
  /** Where its Gtid event begins. */
  readonly offset: number;
  /** Where its last event ends. */
  readonly end: number;
  readonly kind: TransactionKind;
}

interface Open {
  readonly gtid: Gtid | null;
  readonly offset: number;
  hasBegin: boolean;
  end: number;
}

/**
 * Events in order → complete transactions. In a binlog a transaction that another one follows is complete whatever ended it: mysqld
 * cuts a broken end off before it writes on. In a relay log it is not: the receiver lost its connection in the middle and gets
 * the whole transaction again.
 */
export class TransactionTracker {
  readonly #log: 'binlog' | 'relay-log';
  #open: Open | null = null;

  constructor(log: 'binlog' | 'relay-log') {
    this.#log = log;
  }

  /** Where the transaction begins that has not ended; null when there is none. */
  get openOffset(): number | null {
    return this.#open?.offset ?? null;
  }

  /** @throws RangeError when the event's content is not what its type says. */
  accept(event: BinlogEvent): readonly BinlogTransaction[] {
    switch (event.type) {
      case EVENT_TYPE.GTID:
        return this.#begin(event, decodeGtid(event.body));
      case EVENT_TYPE.GTID_TAGGED:
        return this.#begin(event, decodeTaggedGtid(event.body));
      case EVENT_TYPE.ANONYMOUS_GTID:
        return this.#begin(event, null);
      default:
        return this.#continue(event);
    }
  }

  #begin(event: BinlogEvent, gtid: Gtid | null): readonly BinlogTransaction[] {
    const before = this.#open;
    this.#open = { gtid, offset: event.offset, hasBegin: false, end: event.offset + event.size };
    if (before === null || this.#log === 'relay-log') return [];
    return [{ gtid: before.gtid, offset: before.offset, end: before.end, kind: 'other' }];
  }

  #continue(event: BinlogEvent): readonly BinlogTransaction[] {
    const open = this.#open;
    if (open === null) return [];
    const kind = endedBy(event, open);
    open.end = event.offset + event.size;
    if (kind === null) return [];
    this.#open = null;
    return [{ gtid: open.gtid, offset: open.offset, end: open.end, kind }];
  }
}

function endedBy(event: BinlogEvent, open: Open): TransactionKind | null {
  switch (event.type) {
    case EVENT_TYPE.XID:
      return 'xid';
    case EVENT_TYPE.TRANSACTION_PAYLOAD:
      return 'payload';
    case EVENT_TYPE.XA_PREPARE:
      return 'xa-prepare';
    case EVENT_TYPE.QUERY:
      return endedByQuery(event, open);
    default:
      return null;
  }
}

function endedByQuery(event: BinlogEvent, open: Open): TransactionKind | null {
  const query = decodeQuery(event.body);
  const words = query.statement.toUpperCase();
  if (open.hasBegin) return words === 'COMMIT' || words === 'ROLLBACK' ? 'other' : null;
  if (words === 'BEGIN' || words.startsWith('XA START')) {
    open.hasBegin = true;
    return null;
  }
  return query.ddlHasXid ? 'ddl' : 'other';
}
