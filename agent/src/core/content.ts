/** What a follower does with what it holds, once the primary of an epoch is known (I4, I5, X12). Pure. */
import {
  containsGtids,
  type GtidSet,
  gtidsOfUuid,
  intersectGtids,
  isEmptyGtids,
  parseGtidSet,
  subtractGtids,
  unionGtids,
} from '@radondb/api';
import type { Primaryship } from './cluster-log.ts';

export interface Held {
  /** Executed, or in the binlog: cannot be undone without a clone. */
  readonly kept: GtidSet;
  /** In the relay log. */
  readonly relayed: GtidSet;
}

export type FollowPlan =
  /** Nothing here that the primary lacks: re-point, keeping the relay log. */
  | { readonly kind: 'point' }
  /** The relay log ends with content that never happened: apply what comes before it, drop the rest, then point. */
  | { readonly kind: 'trim'; readonly void_: GtidSet; readonly mustHold: GtidSet }
  /** Content that never happened is in the engine or the binlog. */
  | { readonly kind: 'reseed'; readonly void_: GtidSet };

/** What of `content` the history of `primaryship` does not have. */
export function beyond(content: GtidSet, primaryship: Primaryship): GtidSet {
  const valid = unionGtids(parseGtidSet(primaryship.base), gtidsOfUuid(content, primaryship.uuid));
  return subtractGtids(content, valid);
}

export function planFollow(held: Held, primaryship: Primaryship): FollowPlan {
  const wrong = beyond(held.kept, primaryship);
  if (!isEmptyGtids(wrong)) return { kind: 'reseed', void_: wrong };
  const waiting = beyond(subtractGtids(held.relayed, held.kept), primaryship);
  if (isEmptyGtids(waiting)) return { kind: 'point' };
  const mustHold = intersectGtids(
    unionGtids(held.kept, held.relayed),
    parseGtidSet(primaryship.base),
  );
  return { kind: 'trim', void_: waiting, mustHold };
}

/** I8, first rule: a voter that lost data in epoch x is whole again when it holds base(e) of an elect{e} with e > x. */
export function isWholeAgain(
  lostInEpoch: number,
  executed: GtidSet,
  primaryship: Primaryship,
): boolean {
  return primaryship.epoch > lostInEpoch && containsGtids(executed, parseGtidSet(primaryship.base));
}
