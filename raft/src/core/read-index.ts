/**
 * Reads waiting for a quorum to confirm the leader (Raft thesis §6.4). Reads get consecutive positions; one
 * heartbeat round confirms every read up to the position it carries, so any number of reads shares a round.
 */
import type { Tracker } from './membership.ts';
import type { NodeId } from './types.ts';

export interface PendingRead {
  readonly readId: number;
  readonly from: NodeId;
  /** The commit index when the read arrived. */
  readonly index: number;
}

export class ReadQueue {
  #pending: PendingRead[] = [];
  /** Position of the read before `#pending[0]`. */
  #confirmed = 0;
  #acks = new Map<NodeId, number>();
  /** Highest position that a round was sent for. */
  #asked = 0;

  /** Highest unconfirmed position; 0 when nothing waits. */
  get position(): number {
    return this.#pending.length === 0 ? 0 : this.#confirmed + this.#pending.length;
  }

  /** True when no round is under way: the caller must start one, and call `asked`. */
  add(read: PendingRead): boolean {
    this.#pending.push(read);
    return this.#asked <= this.#confirmed;
  }

  asked(position: number): void {
    this.#asked = Math.max(this.#asked, position);
  }

  /** True when reads wait that no round asked for: they came while the last one was under way. */
  get needsRound(): boolean {
    return this.#pending.length > 0 && this.#asked <= this.#confirmed;
  }

  /** Takes a follower's acknowledgement; returns the reads a quorum has now confirmed. */
  acknowledge(from: NodeId, position: number, self: NodeId, tracker: Tracker): PendingRead[] {
    if (position > (this.#acks.get(from) ?? 0)) this.#acks.set(from, position);
    const own = this.#confirmed + this.#pending.length;
    const quorum = Math.min(
      tracker.committed((id) => (id === self ? own : this.#acks.get(id))),
      own,
    );
    if (quorum <= this.#confirmed) return [];
    const done = this.#pending.splice(0, quorum - this.#confirmed);
    this.#confirmed = quorum;
    return done;
  }

  /** Drops every waiting read; their owners are told by the change of leader. */
  clear(): void {
    this.#pending = [];
    this.#confirmed = 0;
    this.#acks = new Map();
    this.#asked = 0;
  }
}
