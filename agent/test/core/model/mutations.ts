/** Each rule of ha.md switched off, one at a time: the model must notice every one within `seeds` runs. */
import { countGtids } from '@radondb/api';
import { choosePrimary, type Promised } from '../../../src/core/choose.ts';
import {
  acknowledgementsFor,
  applyEntry,
  type ClusterState,
  lastOpened,
} from '../../../src/core/cluster-log.ts';
import { planFollow } from '../../../src/core/content.ts';
import type { Rules } from './rules.ts';
import type { RunOptions } from './run.ts';

export interface Mutation {
  readonly rule: string;
  readonly what: string;
  readonly rules: Partial<Rules>;
  /** Within this many runs it must be found. */
  readonly seeds: number;
  readonly world?: Pick<RunOptions, 'voters' | 'readers' | 'destroys' | 'steps'>;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    rule: 'I1',
    what: 'a commit returns one acknowledgement early',
    rules: { waitFor: (n) => Math.max(0, acknowledgementsFor(n) - 1) },
    seeds: 200,
  },
  {
    rule: 'I2',
    what: 'W = 1 for five voters',
    rules: { waitFor: () => 1 },
    seeds: 2_000,
    world: { voters: 5 },
  },
  {
    rule: 'I2',
    what: 'a reader acknowledges',
    rules: { readersAcknowledge: true },
    seeds: 500,
    world: { readers: 1 },
  },
  {
    rule: 'I3',
    what: 'elected with one promise fewer than Q',
    rules: { choosePrimary: withOnePromiseFewer },
    seeds: 500,
  },
  {
    rule: 'I3',
    what: 'a promise does not bind the primary',
    rules: { promiseFencesThePrimary: false },
    seeds: 500,
  },
  {
    rule: 'I3',
    what: 'a promise leaves the receiver running',
    rules: { promiseStopsTheReceiver: false },
    seeds: 500,
  },
  {
    rule: 'I4',
    what: 'the one with the most transactions is elected',
    rules: { choosePrimary: mostTransactions },
    seeds: 5_000,
  },
  {
    rule: 'I4',
    what: 'the elected does not look whether it has base',
    rules: { electedChecksBase: false },
    seeds: 2_000,
  },
  {
    rule: 'I5',
    what: 'the elected drops its relay log without applying it',
    rules: { electedDrains: false, electedChecksBase: false },
    seeds: 200,
  },
  {
    rule: 'I5',
    what: 'a promise drops the relay log',
    rules: { promiseDropsTheRelayLog: true },
    seeds: 500,
  },
  {
    rule: 'I5',
    what: 'a relay log with void content is applied',
    rules: {
      planFollow: (held, primaryship) => {
        const plan = planFollow(held, primaryship);
        return plan.kind === 'trim' ? { kind: 'point' } : plan;
      },
    },
    seeds: 5_000,
    world: { voters: 5 },
  },
  {
    rule: 'I5',
    what: 'the applier that raced into the void is not looked at again',
    rules: { trimLooksAgain: false },
    seeds: 5_000,
    world: { voters: 5 },
  },
  {
    rule: 'I6',
    what: 'clients come in when the elected becomes writable',
    rules: { clientsComeInAfterOpen: false },
    seeds: 500,
  },
  {
    rule: 'I8',
    what: 'amnesiac voters count as whole',
    rules: { amnesiacsAreTold: false },
    seeds: 500,
  },
  {
    rule: 'I8',
    what: 'an emptied disk still counts as the last primary’s',
    rules: { anEmptiedDiskSpeaksForNothing: false },
    seeds: 2_000,
    world: { destroys: true },
  },
  {
    rule: 'I8',
    what: 'a mysqld that was down already is recorded as stopped and synced',
    rules: { onlyACleanStopIsSynced: false },
    seeds: 5_000,
  },
  {
    rule: 'I9',
    what: 'mysqld exits, is started again and serves the same epoch (X10)',
    rules: { anExitEndsTheEpoch: false },
    seeds: 5_000,
  },
  {
    rule: 'I11',
    what: 'a clone keeps its server_uuid',
    rules: { aCloneHasANewUuid: false },
    seeds: 1_000,
  },
  {
    rule: 'I12',
    what: 'acts on its log before it has caught up (X7, X8)',
    rules: { actsOnlyWhenCaughtUp: false },
    seeds: 5_000,
  },
  {
    rule: 'X1',
    what: 'a former primary is fenced but not killed',
    rules: { promiseKillsTheFormerPrimary: false },
    seeds: 500,
  },
  {
    rule: 'X2',
    what: 'recorded answers decide, and base is not checked',
    rules: { answersAreFresh: false, electedChecksBase: false },
    seeds: 2_000,
  },
  {
    rule: 'X3',
    what: 'a switchover is taken back after the promise',
    rules: { revertOnlyBeforeThePromise: false },
    seeds: 2_000,
  },
  {
    rule: 'X4',
    what: 'only whole voters count, no disk does alone',
    rules: { choosePrimary: withoutDecisiveDisks },
    seeds: 500,
  },
  {
    rule: 'X5',
    what: 'lineage of opened epochs',
    rules: { choosePrimary: (s, p, o) => choosePrimary(openedOnly(s), p, o) },
    seeds: 5_000,
  },
  {
    rule: 'X5',
    what: 'lineage of elected epochs',
    rules: { choosePrimary: (s, p, o) => choosePrimary(lastElectedOnly(s), p, o) },
    seeds: 5_000,
  },
  {
    rule: 'X9',
    what: 'whole again without a write after the connection',
    rules: { wholeOnlyAfterAMark: false },
    seeds: 5_000,
  },
  {
    rule: 'X11',
    what: 'a second elect of the same epoch is applied',
    rules: { applyEntry: electsTwice },
    seeds: 1_000,
  },
  {
    rule: 'X12',
    what: 'a relay log with void and acknowledged content is dropped whole',
    rules: { trimAppliesTheBaseFirst: false },
    seeds: 5_000,
    world: { voters: 5 },
  },
  {
    rule: 'liveness',
    what: 'what was void for the last elected is no candidate for ever',
    rules: { reseedEndsWithTheEpoch: false },
    seeds: 2_000,
  },
  {
    rule: 'liveness',
    what: 'a clone before open from a donor that has not prepared',
    rules: { clonesOnlyFromThePrepared: false },
    seeds: 20_000,
  },
];

/** As if the quorum were one smaller: the voter that has not answered is left out of the count. */
function withOnePromiseFewer(
  state: ClusterState,
  promises: readonly Promised[],
  preferences?: Parameters<typeof choosePrimary>[2],
): ReturnType<typeof choosePrimary> {
  const { voters } = state.config;
  const absent = voters.filter((v) => !promises.some((p) => p.member === v));
  const left = voters.filter((v) => !absent.slice(0, 2).includes(v));
  return choosePrimary(
    { ...state, config: { ...state.config, voters: left } },
    promises,
    preferences,
  );
}

function mostTransactions(
  state: ClusterState,
  promises: readonly Promised[],
): ReturnType<typeof choosePrimary> {
  const sound = choosePrimary(state, promises);
  const able = promises.filter((p) => p.candidate);
  if (sound.kind === 'wait' || able.length === 0) return sound;
  const most = [...able].sort((a, b) => countGtids(b.content) - countGtids(a.content))[0];
  if (most === undefined) return sound;
  return {
    kind: 'elect',
    member: most.member,
    uuid: most.uuid,
    base: most.content,
    void_: new Map(),
  };
}

function withoutDecisiveDisks(
  state: ClusterState,
  promises: readonly Promised[],
  preferences?: Parameters<typeof choosePrimary>[2],
): ReturnType<typeof choosePrimary> {
  const none = promises.map((p) => ({ ...p, lastPrimaryEpoch: null }));
  return choosePrimary(state, none, preferences);
}

function openedOnly(state: ClusterState): ClusterState {
  const opened = lastOpened(state);
  return { ...state, lineage: opened === null ? state.lineage : [opened] };
}

function lastElectedOnly(state: ClusterState): ClusterState {
  const last = state.lineage.at(-1);
  if (last === undefined || lastOpened(state) === null) return state;
  return { ...state, lineage: [{ ...last, barrier: last.barrier ?? '' }] };
}

function electsTwice(
  state: ClusterState,
  entry: Parameters<typeof applyEntry>[1],
): ReturnType<typeof applyEntry> {
  const again = entry.kind === 'elect' && entry.epoch === state.epoch && state.phase === 'elected';
  if (!again) return applyEntry(state, entry);
  return applyEntry({ ...state, phase: 'revoked', lineage: state.lineage.slice(0, -1) }, entry);
}
