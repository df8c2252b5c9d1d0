/**
 * The cluster log: what the members agree on, and the small pure state machine that it drives. Every member applies
 * the same entries in the same order and checks each in the same way; a refused entry changes nothing (X11).
 */
import type { FailoverRecord } from '@radondb/api';

/** Epoch `epoch` begins: nobody acknowledges for an earlier one once a quorum has promised. */
export interface RevokeEntry {
  readonly kind: 'revoke';
  readonly epoch: number;
  readonly cause: string;
  /** Set for a switchover: who hands over to whom. */
  readonly planned: { readonly from: string; readonly to: string } | null;
  /** Unix milliseconds: when the cause was noticed and when the entry was proposed. For people; no decision reads them. */
  readonly noticedAtMs: number;
  readonly atMs: number;
}

/** The chosen primary of a revoked epoch; the first one wins. `base` is its whole content as a GTID set. */
export interface ElectEntry {
  readonly kind: 'elect';
  readonly epoch: number;
  readonly primary: string;
  readonly uuid: string;
  readonly base: string;
  readonly atMs: number;
}

/** The elected wrote `barrier` and W voters acknowledged it: clients may come in. */
export interface OpenEntry {
  readonly kind: 'open';
  readonly epoch: number;
  readonly barrier: string;
  readonly atMs: number;
  readonly steps: readonly { readonly name: string; readonly atMs: number }[];
}

/** The first entry of a cluster: who votes. Later voter sets come as `members`. */
export interface FoundEntry {
  readonly kind: 'found';
  readonly clusterId: string;
  readonly voters: readonly string[];
}

/** A voter set and the W that goes with it (I2, I12). Only while open, in the epoch that it was proposed for. */
export interface MembersEntry {
  readonly kind: 'members';
  readonly epoch: number;
  readonly version: number;
  readonly voters: readonly string[];
  readonly w: number;
}

export type ClusterEntry = FoundEntry | RevokeEntry | ElectEntry | OpenEntry | MembersEntry;

/** One primaryship that was elected; `barrier` once it opened. */
export interface Primaryship {
  readonly epoch: number;
  readonly primary: string;
  readonly uuid: string;
  readonly base: string;
  readonly barrier: string | null;
}

export type Phase = 'none' | 'revoked' | 'elected' | 'open';

export interface ClusterState {
  readonly clusterId: string | null;
  readonly epoch: number;
  readonly phase: Phase;
  readonly config: {
    readonly version: number;
    readonly voters: readonly string[];
    readonly w: number;
  };
  /** The revoke of the current epoch. */
  readonly revoke: RevokeEntry | null;
  /** The last opened primaryship and every one elected after it, oldest first (I4 looks at no other). */
  readonly lineage: readonly Primaryship[];
  /** The newest last; at most FAILOVERS_KEPT. */
  readonly failovers: readonly FailoverRecord[];
}

export const FAILOVERS_KEPT = 50;

export const EMPTY_CLUSTER: ClusterState = Object.freeze({
  clusterId: null,
  epoch: 0,
  phase: 'none',
  config: { version: 0, voters: [], w: 0 },
  revoke: null,
  lineage: [],
  failovers: [],
});

export type ApplyResult =
  | { readonly applied: true; readonly state: ClusterState }
  | { readonly applied: false; readonly state: ClusterState; readonly reason: string };

/** Majority of `voters`: Q. */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** The least number of acknowledgements such that any Q voters meet an acknowledged write (I2). */
export function acknowledgementsFor(voters: number): number {
  return voters <= 1 ? 0 : Math.max(1, voters - quorumOf(voters));
}

/** The primaryship of the current epoch, once elected. */
export function currentPrimaryship(state: ClusterState): Primaryship | null {
  const last = state.lineage.at(-1);
  return last !== undefined && last.epoch === state.epoch ? last : null;
}

/** The last primaryship that opened. */
export function lastOpened(state: ClusterState): Primaryship | null {
  return state.lineage.findLast((p) => p.barrier !== null) ?? null;
}

export function applyEntry(state: ClusterState, entry: ClusterEntry): ApplyResult {
  switch (entry.kind) {
    case 'found':
      return found(state, entry);
    case 'revoke':
      return revoke(state, entry);
    case 'elect':
      return elect(state, entry);
    case 'open':
      return open(state, entry);
    case 'members':
      return members(state, entry);
    default:
      return assertNever(entry);
  }
}

function found(state: ClusterState, entry: FoundEntry): ApplyResult {
  if (state.clusterId !== null)
    return refused(state, `cluster ${state.clusterId} is founded already`);
  if (entry.voters.length === 0) return refused(state, 'a cluster needs at least one voter');
  const config = { version: 1, voters: entry.voters, w: acknowledgementsFor(entry.voters.length) };
  return { applied: true, state: { ...state, clusterId: entry.clusterId, config } };
}

function revoke(state: ClusterState, entry: RevokeEntry): ApplyResult {
  if (state.clusterId === null) return refused(state, 'the cluster is not founded yet');
  if (entry.epoch !== state.epoch + 1) {
    return refused(state, `revoke ${entry.epoch} does not follow epoch ${state.epoch}`);
  }
  const from = lastOpened(state)?.primary ?? null;
  const record: FailoverRecord = {
    epoch: entry.epoch,
    kind: entry.planned !== null ? 'switchover' : from === null ? 'bootstrap' : 'failover',
    cause: entry.cause,
    from,
    to: null,
    noticedAtMs: entry.noticedAtMs,
    revokedAtMs: entry.atMs,
    electedAtMs: null,
    openedAtMs: null,
    steps: [],
  };
  const failovers = [...state.failovers, record].slice(-FAILOVERS_KEPT);
  return {
    applied: true,
    state: { ...state, epoch: entry.epoch, phase: 'revoked', revoke: entry, failovers },
  };
}

function elect(state: ClusterState, entry: ElectEntry): ApplyResult {
  if (entry.epoch !== state.epoch)
    return refused(state, `elect ${entry.epoch} in epoch ${state.epoch}`);
  if (state.phase !== 'revoked')
    return refused(state, `epoch ${entry.epoch} is ${state.phase}, not revoked`);
  if (!state.config.voters.includes(entry.primary))
    return refused(state, `${entry.primary} is no voter`);
  const { primary, uuid, base, epoch } = entry;
  return {
    applied: true,
    state: {
      ...state,
      phase: 'elected',
      lineage: [...state.lineage, { epoch, primary, uuid, base, barrier: null }],
      failovers: amendLast(state.failovers, { to: primary, electedAtMs: entry.atMs }),
    },
  };
}

function open(state: ClusterState, entry: OpenEntry): ApplyResult {
  if (entry.epoch !== state.epoch)
    return refused(state, `open ${entry.epoch} in epoch ${state.epoch}`);
  const current = currentPrimaryship(state);
  if (state.phase !== 'elected' || current === null) {
    return refused(state, `epoch ${entry.epoch} is ${state.phase}, not elected`);
  }
  return {
    applied: true,
    state: {
      ...state,
      phase: 'open',
      lineage: [{ ...current, barrier: entry.barrier }],
      failovers: amendLast(state.failovers, { openedAtMs: entry.atMs, steps: [...entry.steps] }),
    },
  };
}

function members(state: ClusterState, entry: MembersEntry): ApplyResult {
  if (state.phase !== 'open')
    return refused(state, `members change while epoch ${state.epoch} is ${state.phase}`);
  if (entry.epoch !== state.epoch)
    return refused(state, `members of epoch ${entry.epoch} in epoch ${state.epoch}`);
  if (entry.version !== state.config.version + 1) {
    return refused(
      state,
      `members version ${entry.version} does not follow ${state.config.version}`,
    );
  }
  const n = entry.voters.length;
  if (n === 0 || entry.w < acknowledgementsFor(n)) {
    return refused(state, `W=${entry.w} is too small for ${n} voters (I2)`);
  }
  if (entry.w >= n) {
    return refused(state, `W=${entry.w} can never be gathered from ${n} voters`);
  }
  return {
    applied: true,
    state: { ...state, config: { version: entry.version, voters: entry.voters, w: entry.w } },
  };
}

function amendLast(
  records: readonly FailoverRecord[],
  change: Partial<FailoverRecord>,
): readonly FailoverRecord[] {
  const last = records.at(-1);
  return last === undefined ? records : [...records.slice(0, -1), { ...last, ...change }];
}

function refused(state: ClusterState, reason: string): ApplyResult {
  return { applied: false, state, reason };
}

function assertNever(value: never): never {
  throw new Error(`unknown cluster entry: ${JSON.stringify(value)}`);
}
