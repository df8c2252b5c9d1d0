import { type Random, seededRandom } from '../checker/random.ts';

/** `both` is a member's agent and its mysqld; `twice` the primary and then the one elected in its place. */
export const FAULT_KINDS = [
  'kill-mysqld',
  'kill-both',
  'kill-agent',
  'sigterm-agent',
  'sigstop-mysqld',
  'sigstop-both',
  'kill-replica-mysqld',
  'kill-replica-both',
  'kill-all',
  'switchover',
  'kill-twice',
  'kill-in-switchover',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** All that chance decides about a fault; each kind uses a part of it. */
export interface PlannedFault {
  readonly index: number;
  readonly kind: FaultKind;
  /** Calm before it. */
  readonly waitMs: number;
  /** Which of two processes is hit, or woken, first. */
  readonly first: 'agent' | 'mysqld';
  /** How long processes stay stopped. */
  readonly stopMs: number;
  /** Between the waking of the first and the second. */
  readonly wakeGapMs: number;
  /** From the first write on the newly elected to the second fault. */
  readonly secondAfterMs: number;
  /** Whether the second fault takes the agent as well. */
  readonly secondIsBoth: boolean;
  /** From the switchover command to the kill, unless `atTrouble`: then at the first sign of the switchover. */
  readonly killAfterMs: number;
  readonly atTrouble: boolean;
  /** Chooses a replica, in [0, 1). */
  readonly replica: number;
}

export interface Pace {
  readonly waitMs: readonly [number, number];
  readonly stopMs: readonly [number, number];
  readonly wakeGapMs: readonly [number, number];
  readonly secondAfterMs: readonly [number, number];
  readonly killAfterMs: readonly [number, number];
}

export const PACE: Pace = Object.freeze({
  waitMs: [500, 3_000],
  stopMs: [2_000, 8_000],
  wakeGapMs: [0, 300],
  secondAfterMs: [0, 700],
  killAfterMs: [200, 1_200],
} as const);

/** The same seed, kinds and pace give the same faults. Every kind comes up before one comes again. */
export function planFaults(options: {
  readonly seed: number;
  readonly count: number;
  readonly kinds: readonly FaultKind[];
  readonly pace: Pace;
}): readonly PlannedFault[] {
  const random = seededRandom(options.seed).fork('faults');
  let round: FaultKind[] = [];
  return Array.from({ length: options.count }, (_, index) => {
    if (round.length === 0) round = random.shuffle(options.kinds);
    const kind = round.pop()!;
    return { index, kind, ...draw(random, options.pace) };
  });
}

/** Draws everything for each kind, so that another choice of kinds changes the fewest numbers. */
function draw(random: Random, pace: Pace): Omit<PlannedFault, 'index' | 'kind'> {
  return {
    waitMs: random.integer(...pace.waitMs),
    first: random.pick(['agent', 'mysqld'] as const),
    stopMs: random.integer(...pace.stopMs),
    wakeGapMs: random.integer(...pace.wakeGapMs),
    secondAfterMs: random.integer(...pace.secondAfterMs),
    secondIsBoth: random.next() < 0.5,
    killAfterMs: random.integer(...pace.killAfterMs),
    atTrouble: random.next() < 0.5,
    replica: random.next(),
  };
}
