import {
  containsIntervals,
  countIntervals,
  type Intervals,
  intersectIntervals,
  subtractIntervals,
  unionIntervals,
} from './intervals.ts';
import { EMPTY_GTIDS, type GtidSet, intervalsOf, makeGtidSet, type Tsid, uuidOf } from './set.ts';

/** Everything that is in one of the sets. Without sets: the empty set. */
export function unionGtids(...sets: readonly GtidSet[]): GtidSet {
  const [first = EMPTY_GTIDS, ...others] = sets;
  if (others.length === 0) return first;
  const result = new Map(intervalsOf(first));
  for (const other of others) {
    for (const [tsid, list] of intervalsOf(other)) {
      const known = result.get(tsid);
      result.set(tsid, known === undefined ? list : unionIntervals(known, list));
    }
  }
  return makeGtidSet(result);
}

/** What is in `a` and not in `b`. */
export function subtractGtids(a: GtidSet, b: GtidSet): GtidSet {
  const minus = intervalsOf(b);
  return mapSources(a, (tsid, list) => {
    const other = minus.get(tsid);
    return other === undefined ? list : subtractIntervals(list, other);
  });
}

/** What is in both. */
export function intersectGtids(a: GtidSet, b: GtidSet): GtidSet {
  const both = intervalsOf(b);
  return mapSources(a, (tsid, list) => intersectIntervals(list, both.get(tsid) ?? []));
}

/** Whether `a` ⊇ `b`: every transaction of `b` is in `a`. True when `b` is empty. */
export function containsGtids(a: GtidSet, b: GtidSet): boolean {
  const whole = intervalsOf(a);
  for (const [tsid, list] of intervalsOf(b)) {
    if (!containsIntervals(whole.get(tsid) ?? [], list)) return false;
  }
  return true;
}

/** Whether there is no transaction in it. */
export function isEmptyGtids(set: GtidSet): boolean {
  return intervalsOf(set).size === 0;
}

/** Whether both hold the same transactions. */
export function equalGtids(a: GtidSet, b: GtidSet): boolean {
  return intervalsOf(a).size === intervalsOf(b).size && containsGtids(a, b) && containsGtids(b, a);
}

/** How many transactions it holds. */
export function countGtids(set: GtidSet): number {
  let count = 0;
  for (const list of intervalsOf(set).values()) count += countIntervals(list);
  return count;
}

/** Everything of that server uuid (either case), untagged and of every tag. */
export function gtidsOfUuid(set: GtidSet, uuid: string): GtidSet {
  const wanted = uuid.toLowerCase();
  return mapSources(set, (tsid, list) => (uuidOf(tsid) === wanted ? list : []));
}

/** Everything but what is of that server uuid (either case), whatever its tag. */
export function withoutUuid(set: GtidSet, uuid: string): GtidSet {
  const unwanted = uuid.toLowerCase();
  return mapSources(set, (tsid, list) => (uuidOf(tsid) === unwanted ? [] : list));
}

/** The server uuids that occur, in order, lower case. */
export function uuidsOfGtids(set: GtidSet): readonly string[] {
  return [...new Set([...intervalsOf(set).keys()].map(uuidOf))].sort();
}

function mapSources(set: GtidSet, change: (tsid: Tsid, list: Intervals) => Intervals): GtidSet {
  const result = new Map<Tsid, Intervals>();
  for (const [tsid, list] of intervalsOf(set)) {
    const changed = change(tsid, list);
    if (changed.length > 0) result.set(tsid, changed);
  }
  return makeGtidSet(result);
}
