/** Numbers of the event types that matter here. @see libs/mysql/binlog/event/binlog_event.h of mysql-server */
export const EVENT_TYPE = Object.freeze({
  QUERY: 2,
  STOP: 3,
  ROTATE: 4,
  INTVAR: 5,
  RAND: 13,
  USER_VAR: 14,
  FORMAT_DESCRIPTION: 15,
  XID: 16,
  GTID: 33,
  ANONYMOUS_GTID: 34,
  PREVIOUS_GTIDS: 35,
  XA_PREPARE: 38,
  TRANSACTION_PAYLOAD: 40,
  GTID_TAGGED: 42,
});

export const HEADER_BYTES = 19;
export const CHECKSUM_BYTES = 4;
/** In the flags of a format description: the server has the file open, or died with it open. */
export const IN_USE_FLAG = 0x1;

/** The fixed header that begins every event. */
export interface EventHeader {
  readonly timestamp: number;
  readonly type: number;
  readonly serverId: number;
  /** Whole event with header and checksum. */
  readonly size: number;
  readonly flags: number;
}

/** Reads a header. `bytes` holds at least 19 from `at`. */
export function readHeader(bytes: Buffer, at = 0): EventHeader {
  return {
    timestamp: bytes.readUInt32LE(at),
    type: bytes.readUInt8(at + 4),
    serverId: bytes.readUInt32LE(at + 5),
    size: bytes.readUInt32LE(at + 9),
    flags: bytes.readUInt16LE(at + 17),
  };
}

/** One event whose bytes were all there and whose checksum was right. */
export interface BinlogEvent extends EventHeader {
  /** Where it begins in its file. */
  readonly offset: number;
  /** What follows the header, without the checksum. Empty for types that nobody here looks into, and cut for long queries. */
  readonly body: Buffer;
}
