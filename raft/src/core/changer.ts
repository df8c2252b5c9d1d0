/**
 * Computes the membership after a change; never changes its input. Simple changes move at most one voter, so
 * that old and new majorities overlap; anything more goes through a joint configuration (Raft §6).
 */
import type { ConfChangeSingle } from './conf-change.ts';
import { ConfChangeError, invariant } from './errors.ts';
import type { Inflights } from './inflights.ts';
import { EMPTY_MEMBERSHIP, isJoint, type Membership, type ProgressMap } from './membership.ts';
import { Progress } from './progress.ts';
import { type ConfState, NONE, type NodeId } from './types.ts';

export interface ChangerInput {
  readonly membership: Membership;
  readonly progress: ProgressMap;
  /** The leader's last index: where a new member starts to be probed. */
  readonly lastIndex: number;
  readonly newInflights: () => Inflights;
}

export interface ChangerResult {
  readonly membership: Membership;
  readonly progress: ProgressMap;
}

class Draft {
  readonly incoming: Set<NodeId>;
  outgoing: Set<NodeId>;
  readonly learners: Set<NodeId>;
  readonly learnersNext: Set<NodeId>;
  autoLeave: boolean;
  readonly progress = new Map<NodeId, Progress>();
  readonly #input: ChangerInput;

  constructor(input: ChangerInput) {
    this.#input = input;
    this.incoming = new Set(input.membership.incoming);
    this.outgoing = new Set(input.membership.outgoing);
    this.learners = new Set(input.membership.learners);
    this.learnersNext = new Set(input.membership.learnersNext);
    this.autoLeave = input.membership.autoLeave;
    for (const [id, progress] of input.progress) this.progress.set(id, progress.clone());
  }

  #start(id: NodeId, isLearner: boolean): void {
    (isLearner ? this.learners : this.incoming).add(id);
    const { lastIndex, newInflights } = this.#input;
    // Recently active: the quorum check must not depose a leader for a member that is new.
    this.progress.set(
      id,
      new Progress({
        match: 0,
        next: Math.max(lastIndex, 1),
        inflights: newInflights(),
        isLearner,
        recentActive: true,
      }),
    );
  }

  #addVoter(id: NodeId): void {
    const progress = this.progress.get(id);
    if (progress === undefined) {
      this.#start(id, false);
      return;
    }
    progress.isLearner = false;
    this.learners.delete(id);
    this.learnersNext.delete(id);
    this.incoming.add(id);
  }

  #addLearner(id: NodeId): void {
    const progress = this.progress.get(id);
    if (progress === undefined) {
      this.#start(id, true);
      return;
    }
    if (progress.isLearner) return;
    this.#remove(id);
    this.progress.set(id, progress);
    // A voter of the outgoing half cannot be a learner at once: it becomes one when the joint state is left.
    if (this.outgoing.has(id)) {
      this.learnersNext.add(id);
    } else {
      progress.isLearner = true;
      this.learners.add(id);
    }
  }

  #remove(id: NodeId): void {
    if (!this.progress.has(id)) return;
    this.incoming.delete(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
    if (!this.outgoing.has(id)) this.progress.delete(id);
  }

  apply(changes: readonly ConfChangeSingle[]): void {
    for (const { op, id } of changes) {
      if (id === NONE) continue; // a change that was made void
      if (op === 'add-voter') this.#addVoter(id);
      else if (op === 'add-learner') this.#addLearner(id);
      else if (op === 'remove') this.#remove(id);
    }
    if (this.incoming.size === 0) throw new ConfChangeError('removed-all-voters');
  }

  leave(): void {
    for (const id of this.learnersNext) {
      this.learners.add(id);
      const progress = this.progress.get(id);
      if (progress !== undefined) progress.isLearner = true;
    }
    this.learnersNext.clear();
    for (const id of this.outgoing) {
      if (!this.incoming.has(id) && !this.learners.has(id)) this.progress.delete(id);
    }
    this.outgoing = new Set();
    this.autoLeave = false;
  }

  finish(): ChangerResult {
    const { incoming, outgoing, learners, learnersNext, autoLeave } = this;
    for (const id of [...incoming, ...outgoing, ...learners, ...learnersNext]) {
      invariant(this.progress.has(id), `member ${id} has no progress`);
    }
    for (const id of learnersNext) {
      invariant(outgoing.has(id), `future learner ${id} is no outgoing voter`);
    }
    for (const id of learners) {
      invariant(!incoming.has(id) && !outgoing.has(id), `learner ${id} is also a voter`);
    }
    return {
      membership: { incoming, outgoing, learners, learnersNext, autoLeave },
      progress: this.progress,
    };
  }
}

/** Enters a joint configuration. Throws ConfChangeError. */
export function enterJoint(
  input: ChangerInput,
  changes: readonly ConfChangeSingle[],
  autoLeave: boolean,
): ChangerResult {
  if (isJoint(input.membership)) throw new ConfChangeError('already-joint');
  if (input.membership.incoming.size === 0) throw new ConfChangeError('zero-voter-joint');
  const draft = new Draft(input);
  draft.outgoing = new Set(draft.incoming);
  draft.apply(changes);
  draft.autoLeave = autoLeave;
  return draft.finish();
}

/** Leaves a joint configuration: the incoming half stays. Throws ConfChangeError. */
export function leaveJoint(input: ChangerInput): ChangerResult {
  if (!isJoint(input.membership)) throw new ConfChangeError('not-joint');
  const draft = new Draft(input);
  draft.leave();
  return draft.finish();
}

/** Changes at most one voter, and any number of learners. Throws ConfChangeError. */
export function simpleChange(
  input: ChangerInput,
  changes: readonly ConfChangeSingle[],
): ChangerResult {
  if (isJoint(input.membership)) throw new ConfChangeError('simple-in-joint');
  const draft = new Draft(input);
  draft.apply(changes);
  const before = input.membership.incoming;
  const joined = [...draft.incoming].filter((id) => !before.has(id)).length;
  const left = [...before].filter((id) => !draft.incoming.has(id)).length;
  if (joined + left > 1) throw new ConfChangeError('more-than-one-voter');
  return draft.finish();
}

/** Rebuilds a membership from its recorded form, through the same changes that could have made it. */
export function restoreMembership(
  state: ConfState,
  start: Pick<ChangerInput, 'lastIndex' | 'newInflights'>,
): ChangerResult {
  const single =
    (op: ConfChangeSingle['op']) =>
    (id: NodeId): ConfChangeSingle => ({ op, id });
  const incoming = [
    ...state.votersOutgoing.map(single('remove')),
    ...state.voters.map(single('add-voter')),
    ...state.learners.map(single('add-learner')),
    ...state.learnersNext.map(single('add-learner')),
  ];
  let result: ChangerResult = { membership: EMPTY_MEMBERSHIP, progress: new Map() };
  const joint = state.votersOutgoing.length > 0;
  const steps = joint ? state.votersOutgoing.map(single('add-voter')) : incoming;
  for (const step of steps) result = simpleChange({ ...start, ...result }, [step]);
  return joint ? enterJoint({ ...start, ...result }, incoming, state.autoLeave) : result;
}
