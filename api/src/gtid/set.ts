import type { Intervals } from './intervals.ts';

declare const brand: unique symbol;

/**
 * One source of transaction numbers: a server's uuid, or `uuid:tag`, both in lower case. Plain
 * string order is the server's print order, because `uuid` is a prefix of `uuid:tag`.
 */
export type Tsid = string;

/** One transaction's name. `number` is 1 … 2⁵³−1. */
export interface Gtid {
  readonly uuid: string;
  /** Since MySQL 8.3. Absent, undefined or empty: untagged. */
  readonly tag?: string | undefined;
  readonly number: number;
}

/**
 * An immutable set of MySQL transactions (GTIDs). Opaque: made by `parseGtidSet`, `collectGtids`,
 * `singleGtid` and the set operations only. In a template string and in JSON it is its canonical
 * text. Equal sets are deeply equal objects.
 */
export interface GtidSet {
  readonly [brand]: 'GtidSet';
  toString(): string;
  toJSON(): string;
}

/** A text is not a GTID set. `part` is the piece that is wrong. */
export class GtidSyntaxError extends Error {
  readonly code = 'GTID_SYNTAX';
  readonly part: string;

  constructor(part: string, reason: string) {
    super(`not a GTID set: ${JSON.stringify(shorten(part))} ${reason}`);
    this.name = 'GtidSyntaxError';
    this.part = part;
  }
}

class Gtids {
  declare readonly [brand]: 'GtidSet';
  readonly intervals: ReadonlyMap<Tsid, Intervals>;

  constructor(intervals: ReadonlyMap<Tsid, Intervals>) {
    this.intervals = intervals;
    Object.freeze(this);
  }

  toString(): string {
    return formatIntervals(this.intervals);
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The set without transactions. Its text is empty. */
export const EMPTY_GTIDS: GtidSet = new Gtids(new Map());

/** Package-private. `intervals` is handed over: nobody may change it afterwards. No empty lists. */
export function makeGtidSet(intervals: ReadonlyMap<Tsid, Intervals>): GtidSet {
  return intervals.size === 0 ? EMPTY_GTIDS : new Gtids(intervals);
}

/** Package-private: the intervals by source. */
export function intervalsOf(set: GtidSet): ReadonlyMap<Tsid, Intervals> {
  if (set instanceof Gtids) return set.intervals;
  throw new TypeError('not a GtidSet: use parseGtidSet for a text');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;

/** Package-private: whether this is a server uuid in lower case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Package-private: whether this is a tag in lower case. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Package-private: the uuid of a source. */
export function uuidOf(tsid: Tsid): string {
  return tsid.slice(0, 36);
}

function formatIntervals(intervals: ReadonlyMap<Tsid, Intervals>): string {
  let text = '';
  let uuid = '';
  for (const tsid of [...intervals.keys()].sort()) {
    if (uuidOf(tsid) !== uuid) {
      uuid = uuidOf(tsid);
      text += text === '' ? uuid : `,${uuid}`;
    }
    text += tsid.slice(36);
    const list = intervals.get(tsid) ?? [];
    for (let i = 0; i + 1 < list.length; i += 2) {
      text += list[i] === list[i + 1] ? `:${list[i]}` : `:${list[i]}-${list[i + 1]}`;
    }
  }
  return text;
}

function shorten(part: string): string {
  return part.length <= 80 ? part : `${part.slice(0, 77)}...`;
}
