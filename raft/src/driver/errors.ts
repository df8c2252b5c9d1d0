/** The driver's errors: one class per decision of the caller, each with a stable `code`. */
import type { NodeId } from '../core/types.ts';

/** Nothing happened: ask `leader`, or, when it is null, try again once there is one. Safe to retry. */
export class NotLeaderError extends Error {
  readonly code = 'RAFT_NOT_LEADER';
  /** Who leads as far as this node knows; null when nobody does. */
  readonly leader: NodeId | null;
  constructor(leader: NodeId | null) {
    super(leader === null ? 'there is no leader now' : `node ${leader} leads`);
    this.name = 'NotLeaderError';
    this.leader = leader;
  }
}

/** It may take effect or not: leader lost, timeout, or abort after it was sent. Look before trying again. */
export class AmbiguousError extends Error {
  readonly code = 'RAFT_AMBIGUOUS';
  readonly reason: 'leader-lost' | 'timeout' | 'aborted' | 'closed';
  constructor(reason: AmbiguousError['reason'], cause?: unknown) {
    super(`the outcome is unknown: ${reason}`, { cause });
    this.name = 'AmbiguousError';
    this.reason = reason;
  }
}

/** Nothing happened, for too much is under way. Wait, then retry. */
export class OverloadedError extends Error {
  readonly code = 'RAFT_OVERLOADED';
  constructor(what: string) {
    super(`too much is under way: ${what}`);
    this.name = 'OverloadedError';
  }
}

/** Nothing happened within the time given. Safe to retry. */
export class TimeoutError extends Error {
  readonly code = 'RAFT_TIMEOUT';
  constructor(what: string) {
    super(`${what} took too long`);
    this.name = 'TimeoutError';
  }
}

/** The node was closed before this call, or before anything was sent. */
export class ClosedError extends Error {
  readonly code = 'RAFT_CLOSED';
  constructor() {
    super('this raft node is closed');
    this.name = 'ClosedError';
  }
}

/** The membership change makes no sense for the present membership. Do not retry. */
export class MembershipError extends Error {
  readonly code = 'RAFT_MEMBERSHIP';
  readonly reason: 'invalid' | 'learner-behind' | 'change-in-progress';
  constructor(reason: MembershipError['reason']) {
    super(`the membership cannot be changed so: ${reason}`);
    this.name = 'MembershipError';
    this.reason = reason;
  }
}

/** The node stopped for good: its log cannot be written, or an invariant broke. Restart the process. */
export class FatalError extends Error {
  readonly code = 'RAFT_FATAL';
  constructor(cause: unknown) {
    super('this raft node stopped: what it would do could not be trusted', { cause });
    this.name = 'FatalError';
  }
}

/** Every problem of a configuration at once. */
export class ConfigError extends Error {
  readonly code = 'RAFT_CONFIG';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`the raft configuration is wrong: ${problems.join('; ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
