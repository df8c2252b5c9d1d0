/** The replicated state of one node: the application's state machine and the table of members, applied in order. */
import { type ConfChange, decodeConfChange } from '../core/conf-change.ts';
import { ConfChangeError, invariant } from '../core/errors.ts';
import { toConfState } from '../core/membership.ts';
import type { RawNode } from '../core/raw-node.ts';
import type { Entry, Snapshot } from '../core/types.ts';
import type { StateMachine } from '../ports.ts';
import { decodeChangeContext, MemberTable } from './members.ts';
import { decodeProposal } from './proposal.ts';
import type { Proposals } from './proposals.ts';
import { decodeSnapshotData, encodeSnapshotData } from './snapshot-data.ts';

export interface ReplicaEvents {
  readonly onMembership: (change: ConfChange) => void;
}

export class Replica {
  readonly members = new MemberTable();
  readonly #machine: StateMachine;
  readonly #proposals: Proposals;
  readonly #events: ReplicaEvents;
  appliedIndex = 0;
  #appliedTerm = 0;
  #applying = false;
  /** False until anything was applied: the initial snapshot holds no state of the application. */
  #hasState = false;

  constructor(machine: StateMachine, proposals: Proposals, events: ReplicaEvents) {
    this.#machine = machine;
    this.#proposals = proposals;
    this.#events = events;
  }

  restore(snapshot: Snapshot): void {
    const { members, state } = decodeSnapshotData(snapshot.data);
    this.members.replace(members);
    if (state !== null) {
      this.#machine.restore(state);
      this.#hasState = true;
    }
    this.appliedIndex = snapshot.index;
    this.#appliedTerm = snapshot.term;
  }

  apply(node: RawNode, entry: Entry): void {
    const { index, term, data } = entry;
    if (entry.type === 'normal') {
      const proposal = decodeProposal(data);
      if (proposal !== null) {
        const result = this.#applyProposal({ index, term, data: proposal.payload }, node);
        this.#proposals.applied(proposal.key, { index, term, result });
      }
    } else {
      this.#applyChange(node, entry);
    }
    this.appliedIndex = index;
    this.#appliedTerm = term;
    this.#applying = false;
  }

  #applyProposal(
    { index, term, data }: { index: number; term: number; data: Uint8Array | null },
    node: RawNode,
  ): unknown {
    const witness = this.members.witnesses.has(node.core.id);
    invariant(
      witness || data !== null,
      `entry ${index} has no payload: this was a witness's disk. Wipe it and add the node under another id`,
    );
    if (witness || data === null) return undefined;
    this.#hasState = true;
    return this.#machine.apply({ index, term, data });
  }

  #applyChange(node: RawNode, { index, term, data }: Entry): void {
    const change = decodeConfChange(data);
    const context = decodeChangeContext(change.context);
    this.#applying = true;
    try {
      node.applyConfChange(change);
      this.members.apply(context);
    } catch (error) {
      // The leader checks a change before it proposes it; should one slip through, it is void on every
      // member alike, for membership is part of the replicated state.
      if (!(error instanceof ConfChangeError)) throw error;
    }
    this.members.prune(node.core.tracker.membership);
    this.#events.onMembership(change);
    if (context !== null) this.#proposals.applied(context.key, { index, term, result: undefined });
  }

  /** A snapshot of what is applied now; null in the middle of an entry, when membership and index disagree. */
  snapshot(node: RawNode): Snapshot | null {
    if (this.#applying || this.appliedIndex === 0) return null;
    return {
      index: this.appliedIndex,
      term: this.#appliedTerm,
      confState: toConfState(node.core.tracker.membership),
      data: encodeSnapshotData({
        members: [...this.members.records],
        state: this.#hasState ? this.#machine.snapshot() : null,
      }),
    };
  }
}
