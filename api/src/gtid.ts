/** Sets of MySQL transactions. Numbers are intervals: 10⁹ transactions in a row cost two numbers. */
export {
  containsGtids,
  countGtids,
  equalGtids,
  gtidsOfUuid,
  intersectGtids,
  isEmptyGtids,
  subtractGtids,
  unionGtids,
  uuidsOfGtids,
  withoutUuid,
} from './gtid/algebra.ts';
export { collectGtids, type GtidInterval, GtidSetBuilder, singleGtid } from './gtid/builder.ts';
export { EMPTY_GTIDS, type Gtid, type GtidSet, GtidSyntaxError } from './gtid/set.ts';
export { formatGtidSet, parseGtidSet } from './gtid/text.ts';
