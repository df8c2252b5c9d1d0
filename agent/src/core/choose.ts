/**
 * Who becomes primary: I4 over the promises of an epoch. Pure. What may be chosen never depends on speed or preference;
 * those only order the members that are all equally safe.
 */
import {
  containsGtids,
  EMPTY_GTIDS,
  equalGtids,
  type GtidSet,
  gtidsOfUuid,
  isEmptyGtids,
  parseGtidSet,
  subtractGtids,
  unionGtids,
} from '@radondb/api';
import { type ClusterState, lastOpened, type Primaryship, quorumOf } from './cluster-log.ts';

/** A promise with its sets parsed: what one member holds, read after it was fenced. */
export interface Promised {
  readonly member: string;
  readonly content: GtidSet;
  readonly executed: GtidSet;
  readonly purged: GtidSet;
  readonly uuid: string;
  /** I8: everything that it ever acknowledged is still on its disk. */
  readonly whole: boolean;
  /** The epoch this very disk was primary of, not cloned or wiped since. */
  readonly lastPrimaryEpoch: number | null;
  /** False when it cannot serve (no disk space, its mysqld does not start). */
  readonly candidate: boolean;
  /** Its mysqld is up: promoting it takes no start. */
  readonly live: boolean;
  readonly priority: number;
}

export type Choice =
  | {
      readonly kind: 'elect';
      readonly member: string;
      readonly uuid: string;
      readonly base: GtidSet;
      readonly void_: ReadonlyMap<string, GtidSet>;
    }
  | {
      readonly kind: 'wait';
      readonly reason: 'NoFenceQuorum' | 'NoDataQuorum' | 'NoCandidate';
      readonly message: string;
    }
  | { readonly kind: 'stop'; readonly reason: 'Incomparable'; readonly message: string };

export interface ChoosePreferences {
  /** A switchover's target, or the only one allowed when automatic failover is off. */
  readonly prefer: string | null;
  readonly only: string | null;
}

const NO_PREFERENCES: ChoosePreferences = { prefer: null, only: null };

/** The history that counts (h of I4): the highest elected epoch since the last opened one of which somebody holds something. */
export function historyOf(state: ClusterState, promises: readonly Promised[]): Primaryship | null {
  const opened = lastOpened(state);
  const elected = state.lineage.filter((p) => p.epoch > (opened?.epoch ?? 0));
  return (
    elected.findLast((p) => promises.some((answer) => holdsSomethingOf(p, answer.content))) ??
    opened
  );
}

function holdsSomethingOf(p: Primaryship, content: GtidSet): boolean {
  return !isEmptyGtids(subtractGtids(gtidsOfUuid(content, p.uuid), parseGtidSet(p.base)));
}

/** What of `content` never happened, given the primaryship whose history counts (ha.md, "void"). */
export function voidContent(content: GtidSet, history: Primaryship | null): GtidSet {
  if (history === null) return content;
  const valid = unionGtids(parseGtidSet(history.base), gtidsOfUuid(content, history.uuid));
  return subtractGtids(content, valid);
}

export function choosePrimary(
  state: ClusterState,
  promises: readonly Promised[],
  preferences: ChoosePreferences = NO_PREFERENCES,
): Choice {
  const voters = promises.filter((p) => state.config.voters.includes(p.member));
  const quorum = quorumOf(state.config.voters.length);
  if (voters.length < quorum) return noFenceQuorum(state, voters, quorum);
  if (!hasDataQuorum(state, voters, quorum)) return noDataQuorum(state, voters, quorum);

  const history = historyOf(state, voters);
  const void_ = new Map(voters.map((p) => [p.member, voidContent(p.content, history)]));
  const clean = (p: Promised): boolean => isEmptyGtids(void_.get(p.member) ?? EMPTY_GTIDS);
  const required = unionGtids(
    ...voters.map((p) => subtractGtids(p.content, void_.get(p.member) ?? EMPTY_GTIDS)),
  );
  const complete = voters.filter((p) => clean(p) && containsGtids(p.content, required));
  if (complete.length === 0) return incomparable(state, voters, void_);
  // Without a server_uuid nobody could tell later what its epoch wrote (a data folder that was never started).
  const eligible = complete.filter(
    (p) =>
      p.candidate && p.uuid !== '' && (preferences.only === null || p.member === preferences.only),
  );
  if (eligible.length === 0) {
    return {
      kind: 'wait',
      reason: 'NoCandidate',
      message: `only ${complete.map((p) => p.member).join(', ')} hold${complete.length === 1 ? 's' : ''} every write, and cannot serve now: see why in its member state`,
    };
  }
  const best = order(eligible, voters, { state, preferences })[0] as Promised;
  return { kind: 'elect', member: best.member, uuid: best.uuid, base: best.content, void_ };
}

/**
 * I8: Q whole voters, or alone the disk of the last opened primary, or of one elected after it that began to prepare: it had executed base(e), which
 * holds every write acknowledged before e, and nobody acknowledged to a client since (no epoch opened). Such a disk is enough also when
 * still later ones were elected in vain: the model found all disks intact and nobody to elect otherwise.
 */
function hasDataQuorum(state: ClusterState, voters: readonly Promised[], quorum: number): boolean {
  // Before the first `open` no client ever had an answer: there is nothing that could be missing.
  if (lastOpened(state) === null) return true;
  if (voters.filter((p) => p.whole).length >= quorum) return true;
  return voters.some((p) =>
    state.lineage.some((l) => l.primary === p.member && l.epoch === p.lastPrimaryEpoch),
  );
}

/** Among the equally safe: preferred, least often elected in vain, binlogs that the others can still be served from, live, priority, least to apply, name. */
function order(
  eligible: readonly Promised[],
  voters: readonly Promised[],
  context: { state: ClusterState; preferences: ChoosePreferences },
): readonly Promised[] {
  const { state, preferences } = context;
  const servable = (p: Promised): boolean =>
    voters.filter((o) => o.member !== p.member && containsGtids(o.content, p.purged)).length >=
    state.config.w;
  const score = (p: Promised): readonly number[] => [
    p.member === preferences.prefer ? 0 : 1,
    electedInVain(state, p.member),
    servable(p) ? 0 : 1,
    p.live ? 0 : 1,
    -p.priority,
    equalGtids(p.executed, p.content) ? 0 : 1,
  ];
  return [...eligible].sort(
    (a, b) => compare(score(a), score(b)) || (a.member < b.member ? -1 : 1),
  );
}

/** How often it was elected since the last epoch that opened: it could not open, so another holder comes first. */
function electedInVain(state: ClusterState, member: string): number {
  return state.lineage.filter((p) => p.barrier === null && p.primary === member).length;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const difference = value - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function missingOf(state: ClusterState, voters: readonly Promised[]): string {
  const there = new Set(voters.map((p) => p.member));
  return state.config.voters.filter((v) => !there.has(v)).join(', ');
}

function noFenceQuorum(state: ClusterState, voters: readonly Promised[], quorum: number): Choice {
  return {
    kind: 'wait',
    reason: 'NoFenceQuorum',
    message: `${voters.length} of ${quorum} needed voters have promised epoch ${state.epoch}; missing: ${missingOf(state, voters)}. Start one of them.`,
  };
}

function noDataQuorum(state: ClusterState, voters: readonly Promised[], quorum: number): Choice {
  const disks = [...new Set(state.lineage.map((p) => p.primary))].join(' or ');
  const whole = voters.filter((p) => p.whole).map((p) => p.member);
  return {
    kind: 'wait',
    reason: 'NoDataQuorum',
    message: `after a power loss only ${whole.length} of ${quorum} needed voters are sure to hold every acknowledged write (${whole.join(', ') || 'none'}); missing: ${missingOf(state, voters) || 'none'}. A disk that was primary since the last opening (${disks}) has them all, unless it was cloned: start it.`,
  };
}

function incomparable(
  state: ClusterState,
  voters: readonly Promised[],
  void_: ReadonlyMap<string, GtidSet>,
): Choice {
  const names = voters.map((p) => {
    const wrong = void_.get(p.member);
    return wrong !== undefined && !isEmptyGtids(wrong)
      ? `${p.member} (has content that never happened)`
      : p.member;
  });
  const missing = missingOf(state, voters);
  return {
    kind: 'stop',
    reason: 'Incomparable',
    message: `no member holds every write: ${names.join(', ')}.${missing === '' ? '' : ` Missing: ${missing}.`} Nothing was changed; start the missing members, or restore a backup.`,
  };
}
