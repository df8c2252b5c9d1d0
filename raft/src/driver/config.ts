/** The driver's configuration: one frozen default, merged once, checked together. */
import { ConfigError } from './errors.ts';

export interface RaftConfig {
  /** How often a leader shows that it lives. @default 100 */
  readonly heartbeatIntervalMs: number;
  /** A follower that hears nothing for a time drawn from this range stands for election. @default [600, 1000] */
  readonly electionTimeoutMs: readonly [min: number, max: number];
  /** Ask before disturbing a term. Turn off only to prove that it is needed. @default true */
  readonly preVote: boolean;
  /** A leader that hears from no quorum for the shortest election timeout steps down. @default true */
  readonly checkQuorum: boolean;
  /**
   * When the connection to the leader breaks, forget it and ask for pre-votes at once. Members that still hear the
   * leader refuse, so that one broken connection deposes nobody. Excludes `leaseReads`. @default true
   */
  readonly fastFailover: boolean;
  /** The longest random wait before that, in milliseconds. @default 30 */
  readonly fastFailoverJitterMs: number;
  /**
   * 0 to 100. A node of less than 100 waits up to an election timeout longer, in proportion, before it stands: it is
   * elected when no better one can be. Excludes nobody, and weighs nothing against a longer log. @default 100
   */
  readonly priority: number;
  /**
   * Serve `lease` reads from the leader's lease. It counts on members that keep their promise not to elect another
   * leader for an election timeout, which `fastFailover` does not keep; without it `lease` means `read-index`.
   * @default false
   */
  readonly leaseReads: boolean;
  /** Share of the shortest election timeout that a lease lasts; the rest is for clock drift. @default 0.8 */
  readonly leaseFraction: number;
  /** Take a snapshot of the state machine after so many entries. @default 10000 */
  readonly snapshotEveryEntries: number;
  /** Entries kept behind a snapshot, for followers that are a little late. @default 1000 */
  readonly keepEntries: number;
  /** Bytes of entries in one append. @default 1 MiB */
  readonly maxAppendBytes: number;
  /** Appends in flight to one follower. @default 256 */
  readonly maxInflight: number;
  /** Bytes in flight to one follower. @default 16 MiB */
  readonly maxInflightBytes: number;
  /** Bytes that a leader takes before they are applied; more is refused. @default 64 MiB */
  readonly maxUncommittedBytes: number;
  /** Proposals of this node that may wait at one time. @default 65536 */
  readonly maxPendingProposals: number;
  /** A follower that made no progress with a snapshot for so long is sent another. @default 30000 */
  readonly snapshotTimeoutMs: number;
  /** A leader whose disk finishes nothing for so long hands leadership over. @default 3000 */
  readonly diskStallMs: number;
  /** For calls that name none. @default 10000 */
  readonly defaultTimeoutMs: number;
  /** A learner this many entries behind is not made a voter. @default 1000 */
  readonly promotionMaxLag: number;
  /** Bytes of a snapshot in one message; a longer one travels in parts and is resumed. @default 128 KiB */
  readonly snapshotPartBytes: number;
}

export const RAFT_DEFAULTS: RaftConfig = Object.freeze({
  heartbeatIntervalMs: 100,
  electionTimeoutMs: Object.freeze([600, 1000] as const),
  preVote: true,
  checkQuorum: true,
  fastFailover: true,
  fastFailoverJitterMs: 30,
  priority: 100,
  leaseReads: false,
  leaseFraction: 0.8,
  snapshotEveryEntries: 10_000,
  keepEntries: 1000,
  maxAppendBytes: 1024 * 1024,
  maxInflight: 256,
  maxInflightBytes: 16 * 1024 * 1024,
  maxUncommittedBytes: 64 * 1024 * 1024,
  maxPendingProposals: 65_536,
  snapshotTimeoutMs: 30_000,
  diskStallMs: 3000,
  defaultTimeoutMs: 10_000,
  promotionMaxLag: 1000,
  snapshotPartBytes: 128 * 1024,
});

const POSITIVE = [
  'heartbeatIntervalMs',
  'snapshotEveryEntries',
  'maxAppendBytes',
  'maxInflight',
  'maxInflightBytes',
  'maxUncommittedBytes',
  'maxPendingProposals',
  'snapshotTimeoutMs',
  'defaultTimeoutMs',
  'snapshotPartBytes',
  'diskStallMs',
] as const;
const NOT_NEGATIVE = ['fastFailoverJitterMs', 'keepEntries', 'promotionMaxLag'] as const;

/** Merges with the defaults. Throws ConfigError, which lists every problem. */
export function resolveRaftConfig(given: Partial<RaftConfig> = {}): RaftConfig {
  const config = { ...RAFT_DEFAULTS, ...given };
  const problems: string[] = [];
  for (const name of POSITIVE) {
    if (!(config[name] > 0)) problems.push(`${name} must be greater than 0`);
  }
  for (const name of NOT_NEGATIVE) {
    if (!(config[name] >= 0)) problems.push(`${name} must not be negative`);
  }
  if (!(config.priority >= 0 && config.priority <= 100)) {
    problems.push('priority must be between 0 and 100');
  }
  const [min, max] = config.electionTimeoutMs;
  if (!(min <= max)) problems.push('electionTimeoutMs must be [min, max] with min ≤ max');
  if (!(min >= 2 * config.heartbeatIntervalMs)) {
    problems.push('electionTimeoutMs must be at least twice heartbeatIntervalMs');
  }
  if (!(config.leaseFraction > 0 && config.leaseFraction < 1)) {
    problems.push('leaseFraction must be between 0 and 1');
  }
  if (config.leaseReads && config.fastFailover) {
    problems.push('leaseReads and fastFailover exclude each other: set fastFailover to false');
  }
  if (config.leaseReads && !config.checkQuorum) problems.push('leaseReads needs checkQuorum');
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}
