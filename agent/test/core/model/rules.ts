/** The rules that a run obeys. SOUND are the agent's own functions and the order of its steps; a mutation replaces some. */
import { amnesiaAfterBoot } from '../../../src/adapters/member-file.ts';
import { choosePrimary } from '../../../src/core/choose.ts';
import { acknowledgementsFor, applyEntry } from '../../../src/core/cluster-log.ts';
import { isWholeAgain, planFollow } from '../../../src/core/content.ts';
import { nextMemberStep } from '../../../src/core/member-step.ts';

export interface Rules {
  readonly applyEntry: typeof applyEntry;
  readonly choosePrimary: typeof choosePrimary;
  readonly planFollow: typeof planFollow;
  readonly isWholeAgain: typeof isWholeAgain;
  readonly nextMemberStep: typeof nextMemberStep;
  readonly amnesiaAfterBoot: typeof amnesiaAfterBoot;
  /** Acknowledgements that the primary of so many voters waits for (I1, I2). */
  readonly waitFor: (voters: number) => number;
  readonly readersAcknowledge: boolean;
  readonly promiseFencesThePrimary: boolean;
  readonly promiseKillsTheFormerPrimary: boolean;
  readonly promiseStopsTheReceiver: boolean;
  readonly promiseDropsTheRelayLog: boolean;
  readonly revertOnlyBeforeThePromise: boolean;
  readonly answersAreFresh: boolean;
  readonly amnesiacsAreTold: boolean;
  readonly anEmptiedDiskSpeaksForNothing: boolean;
  readonly electedDrains: boolean;
  readonly electedChecksBase: boolean;
  readonly trimAppliesTheBaseFirst: boolean;
  readonly trimLooksAgain: boolean;
  readonly clientsComeInAfterOpen: boolean;
  readonly wholeOnlyAfterAMark: boolean;
  readonly anExitEndsTheEpoch: boolean;
  readonly aCloneHasANewUuid: boolean;
  readonly actsOnlyWhenCaughtUp: boolean;
  readonly onlyACleanStopIsSynced: boolean;
  readonly reseedEndsWithTheEpoch: boolean;
  readonly clonesOnlyFromThePrepared: boolean;
}

export const SOUND: Rules = Object.freeze({
  applyEntry,
  choosePrimary,
  planFollow,
  isWholeAgain,
  nextMemberStep,
  amnesiaAfterBoot,
  waitFor: acknowledgementsFor,
  readersAcknowledge: false,
  promiseFencesThePrimary: true,
  promiseKillsTheFormerPrimary: true,
  promiseStopsTheReceiver: true,
  promiseDropsTheRelayLog: false,
  revertOnlyBeforeThePromise: true,
  answersAreFresh: true,
  amnesiacsAreTold: true,
  anEmptiedDiskSpeaksForNothing: true,
  electedDrains: true,
  electedChecksBase: true,
  trimAppliesTheBaseFirst: true,
  trimLooksAgain: true,
  clientsComeInAfterOpen: true,
  wholeOnlyAfterAMark: true,
  anExitEndsTheEpoch: true,
  aCloneHasANewUuid: true,
  actsOnlyWhenCaughtUp: true,
  onlyACleanStopIsSynced: true,
  reseedEndsWithTheEpoch: true,
  clonesOnlyFromThePrepared: true,
});
