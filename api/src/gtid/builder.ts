import { normalizeIntervals } from './intervals.ts';
import {
  type Gtid,
  type GtidSet,
  GtidSyntaxError,
  isTag,
  isUuid,
  makeGtidSet,
  type Tsid,
} from './set.ts';

/** Consecutive transactions of one source; `start` and `end` are both inside. */
export interface GtidInterval {
  readonly uuid: string;
  readonly tag?: string | undefined;
  readonly start: number;
  readonly end: number;
}

/**
 * Collects transactions one by one, as a scan of a binlog meets them. Ascending numbers of one
 * source, which is how a binlog runs, cost no memory and a few comparisons each.
 */
export class GtidSetBuilder {
  readonly #pairs = new Map<Tsid, number[]>();
  #uuid = '';
  #tag = '';
  #current: number[] | undefined;

  /** @throws GtidSyntaxError when uuid, tag or number is not one. */
  add(gtid: Gtid): this {
    return this.#push(this.#source(gtid.uuid, gtid.tag ?? ''), gtid.number, gtid.number);
  }

  /** @throws GtidSyntaxError when uuid, tag or numbers are not such, or `end` is below `start`. */
  addInterval(interval: GtidInterval): this {
    const source = this.#source(interval.uuid, interval.tag ?? '');
    return this.#push(source, interval.start, interval.end);
  }

  /** The set so far. The builder can be used further; the set does not change with it. */
  build(): GtidSet {
    const intervals = new Map<Tsid, readonly number[]>();
    for (const [tsid, pairs] of this.#pairs) {
      if (pairs.length > 0) intervals.set(tsid, normalizeIntervals([...pairs]));
    }
    return makeGtidSet(intervals);
  }

  #push(pairs: number[], start: number, end: number): this {
    if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 1 && end >= start)) {
      throw new GtidSyntaxError(`${start}-${end}`, 'is not an interval within 1 and 2^53-1');
    }
    const last = pairs.length - 1;
    if (last > 0 && pairs[last] === start - 1) pairs[last] = end;
    else pairs.push(start, end);
    return this;
  }

  #source(uuidText: string, tagText: string): number[] {
    // Runs of one source are the rule: check and look up its name once a run.
    if (this.#current !== undefined && uuidText === this.#uuid && tagText === this.#tag) {
      return this.#current;
    }
    const uuid = uuidText.toLowerCase();
    const tag = tagText.toLowerCase();
    if (!isUuid(uuid)) throw new GtidSyntaxError(uuidText, 'is not a server uuid');
    if (tag !== '' && !isTag(tag)) throw new GtidSyntaxError(tagText, 'is not a tag');
    const tsid = tag === '' ? uuid : `${uuid}:${tag}`;
    let pairs = this.#pairs.get(tsid);
    if (pairs === undefined) {
      pairs = [];
      this.#pairs.set(tsid, pairs);
    }
    this.#uuid = uuidText;
    this.#tag = tagText;
    this.#current = pairs;
    return pairs;
  }
}

/** The set of these transactions. @throws GtidSyntaxError when one of them is not a GTID. */
export function collectGtids(gtids: Iterable<Gtid>): GtidSet {
  const builder = new GtidSetBuilder();
  for (const gtid of gtids) builder.add(gtid);
  return builder.build();
}

/** The set of this transaction alone. @throws GtidSyntaxError when it is not a GTID. */
export function singleGtid(gtid: Gtid): GtidSet {
  return new GtidSetBuilder().add(gtid).build();
}
