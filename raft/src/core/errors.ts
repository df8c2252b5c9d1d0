/** The core's errors: one class per decision of the caller. */

/** The core refused a proposal: no leader, a transfer under way, or too much uncommitted data. */
export class ProposalDroppedError extends Error {
  readonly code = 'RAFT_PROPOSAL_DROPPED';
  constructor() {
    super('the proposal was dropped: there is no leader that accepts it now');
    this.name = 'ProposalDroppedError';
  }
}

/** A local message came from the network, or a response from a node that is not a member. */
export class StepRefusedError extends Error {
  readonly code: 'RAFT_LOCAL_MESSAGE' | 'RAFT_PEER_NOT_FOUND';
  constructor(code: 'RAFT_LOCAL_MESSAGE' | 'RAFT_PEER_NOT_FOUND') {
    super(
      code === 'RAFT_LOCAL_MESSAGE'
        ? 'a message that only the node itself may send came from a peer'
        : 'a response came from a node that is not a member',
    );
    this.name = 'StepRefusedError';
    this.code = code;
  }
}

export type ConfChangeErrorCode =
  | 'already-joint'
  | 'zero-voter-joint'
  | 'not-joint'
  | 'simple-in-joint'
  | 'more-than-one-voter'
  | 'removed-all-voters';

/** A membership change that the present membership does not allow. */
export class ConfChangeError extends Error {
  readonly code: ConfChangeErrorCode;
  constructor(code: ConfChangeErrorCode) {
    super(`this membership change is not possible now: ${code}`);
    this.name = 'ConfChangeError';
    this.code = code;
  }
}

/** A broken invariant: the node must stop, for nothing it would do afterwards could be trusted. */
export class RaftInvariantError extends Error {
  readonly code = 'RAFT_INVARIANT';
  constructor(message: string) {
    super(message);
    this.name = 'RaftInvariantError';
  }
}

export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new RaftInvariantError(message);
}
