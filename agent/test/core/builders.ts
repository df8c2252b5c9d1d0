/** Values for the tests of the core, with good defaults: a cluster A, B, C; server_uuids that end in 1, 2, 3. */
import { type GtidSet, type MemberHealth, parseGtidSet } from '@radondb/api';
import fc from 'fast-check';
import type { Promised } from '../../src/core/choose.ts';
import {
  applyEntry,
  type ClusterEntry,
  type ClusterState,
  type ElectEntry,
  EMPTY_CLUSTER,
  type OpenEntry,
  type Primaryship,
  type RevokeEntry,
} from '../../src/core/cluster-log.ts';
import type { LeaderView, MemberSight } from '../../src/core/coordinate.ts';
import type { MemberView } from '../../src/core/member-step.ts';

export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** `gtids('1:1-5 2:7')`: numbers before the colon stand for uuids. */
export function gtids(text: string): GtidSet {
  const parts = text.split(' ').filter((p) => p !== '');
  return parseGtidSet(
    parts
      .map((part) => {
        const at = part.indexOf(':');
        return `${uuid(Number(part.slice(0, at)))}${part.slice(at)}`;
      })
      .join(','),
  );
}

export function revoke(epoch: number, change: Partial<RevokeEntry> = {}): RevokeEntry {
  return {
    kind: 'revoke',
    epoch,
    cause: 'test',
    planned: null,
    noticedAtMs: 0,
    atMs: 0,
    ...change,
  };
}

export function elect(
  epoch: number,
  primary: string,
  base = '',
  change: Partial<ElectEntry> = {},
): ElectEntry {
  const number = 'ABCDE'.indexOf(primary) + 1;
  return {
    kind: 'elect',
    epoch,
    primary,
    uuid: uuid(number),
    base: gtids(base).toString(),
    atMs: 0,
    ...change,
  };
}

export function open(epoch: number, barrier = '1:1'): OpenEntry {
  return { kind: 'open', epoch, barrier: gtids(barrier).toString(), atMs: 0, steps: [] };
}

export function found(...voters: readonly string[]): ClusterEntry {
  return { kind: 'found', clusterId: 'c', voters };
}

/** Applies all; every one must be accepted. */
export function aCluster(...entries: readonly ClusterEntry[]): ClusterState {
  return entries.reduce((state, entry) => {
    const result = applyEntry(state, entry);
    if (!result.applied) throw new Error(`not applied: ${result.reason}`);
    return result.state;
  }, EMPTY_CLUSTER);
}

/** Founded with A, B, C; A is the open primary of epoch 1. */
export function anOpenCluster(...more: readonly ClusterEntry[]): ClusterState {
  return aCluster(found('A', 'B', 'C'), revoke(1), elect(1, 'A'), open(1), ...more);
}

export function aPrimaryship(change: Partial<Primaryship> = {}): Primaryship {
  return { epoch: 1, primary: 'A', uuid: uuid(1), base: '', barrier: '', ...change };
}

export function aPromise(
  member: string,
  content: string,
  change: Partial<Omit<Promised, 'member' | 'content'>> = {},
): Promised {
  return {
    member,
    content: gtids(content),
    executed: gtids(content),
    purged: gtids(''),
    uuid: uuid('ABCDE'.indexOf(member) + 1),
    whole: true,
    lastPrimaryEpoch: null,
    candidate: true,
    live: true,
    priority: 0,
    ...change,
  };
}

export function aMemberView(change: Partial<MemberView> = {}): MemberView {
  const state = change.state ?? anOpenCluster();
  return {
    self: 'B',
    state,
    caughtUp: true,
    promise: state.epoch,
    server: 'up',
    hasData: true,
    mayInitialise: false,
    inService: null,
    prepared: null,
    serving: null,
    following: state.epoch,
    refused: null,
    leaseValid: true,
    readable: true,
    amnesiaSinceEpoch: null,
    reseed: null,
    phaseForMs: 1_000,
    ...change,
  };
}

export function aHealth(change: Partial<MemberHealth> = {}): MemberHealth {
  return {
    member: 'A',
    epoch: 1,
    serving: null,
    mysqld: 'up',
    candidate: true,
    why: 'is well',
    sequence: 1,
    bootId: 'boot',
    purged: '',
    executed: '',
    retrieved: '',
    synced: true,
    ...change,
  };
}

export function aSight(change: Partial<MemberSight> = {}): MemberSight {
  return { health: aHealth(), silentMs: 50, disconnectedMs: null, notServingMs: 50, ...change };
}

/** B leads; A serves epoch 1. */
export function aLeaderView(change: Partial<LeaderView> = {}): LeaderView {
  return {
    self: 'A',
    state: anOpenCluster(),
    leaderForMs: 60_000,
    phaseForMs: 60_000,
    choosableForMs: null,
    members: new Map([
      ['A', aSight({ health: aHealth({ serving: 1 }) })],
      ['B', aSight({ health: aHealth({ member: 'B' }) })],
      ['C', aSight({ health: aHealth({ member: 'C' }) })],
    ]),
    promises: [],
    unopenedEpochs: 0,
    founding: { clusterId: 'c', voters: ['A', 'B', 'C'] },
    failover: { enabled: true, delayMs: 0 },
    ...change,
  };
}

/** Any entry, sensible or not, of a small cluster. */
export function anyEntry(): fc.Arbitrary<ClusterEntry> {
  const epoch = fc.integer({ min: 0, max: 6 });
  const member = fc.constantFrom('A', 'B', 'C', 'X');
  return fc.oneof(
    fc.constant(found('A', 'B', 'C')),
    epoch.map((e) => revoke(e)),
    fc.tuple(epoch, member).map(([e, m]) => elect(e, m)),
    epoch.map((e) => open(e)),
    fc
      .tuple(
        epoch,
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 5 }),
      )
      .map(
        ([e, version, w, n]): ClusterEntry => ({
          kind: 'members',
          epoch: e,
          version,
          voters: 'ABCDE'.slice(0, n).split('').filter(Boolean),
          w,
        }),
      ),
  );
}

export function anyGtids(): fc.Arbitrary<GtidSet> {
  return fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 4 }),
      ),
      { maxLength: 4 },
    )
    .map((parts) => gtids(parts.map(([u, from, more]) => `${u}:${from}-${from + more}`).join(' ')));
}

export function anyPrimaryship(): fc.Arbitrary<Primaryship> {
  return fc
    .tuple(fc.integer({ min: 1, max: 3 }), anyGtids())
    .map(([n, base]) => aPrimaryship({ epoch: n, uuid: uuid(n), base: base.toString() }));
}
