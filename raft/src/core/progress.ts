/** What a leader knows about one follower's log. */
import type { Inflights } from './inflights.ts';

/** `probe`: one append at a time; `replicate`: a window of them; `snapshot`: none until it is installed. */
export type ProgressState = 'probe' | 'replicate' | 'snapshot';

export class Progress {
  /** Highest index known to be durable on the follower. */
  match: number;
  /** Next index to send. Invariant: match < next. */
  next: number;
  /** Highest commit index that is on its way to the follower. */
  sentCommit = 0;
  state: ProgressState = 'probe';
  /** In state `snapshot`: the index of the snapshot that was sent. */
  pendingSnapshot = 0;
  /** Heard from since the last quorum check. */
  recentActive: boolean;
  /** No append until an acknowledgement or a heartbeat response. */
  paused = false;
  isLearner: boolean;
  readonly inflights: Inflights;

  constructor(start: {
    readonly match: number;
    readonly next: number;
    readonly inflights: Inflights;
    readonly isLearner: boolean;
    readonly recentActive: boolean;
  }) {
    this.match = start.match;
    this.next = start.next;
    this.inflights = start.inflights;
    this.isLearner = start.isLearner;
    this.recentActive = start.recentActive;
  }

  /** A copy that shares the window: a membership change must not touch the original when it fails. */
  clone(): Progress {
    const copy = new Progress(this);
    copy.sentCommit = this.sentCommit;
    copy.state = this.state;
    copy.pendingSnapshot = this.pendingSnapshot;
    copy.paused = this.paused;
    return copy;
  }

  get isPaused(): boolean {
    return this.state === 'snapshot' || this.paused;
  }

  #enter(state: ProgressState): void {
    this.paused = false;
    this.pendingSnapshot = 0;
    this.state = state;
    this.inflights.reset();
  }

  becomeProbe(): void {
    // A snapshot that was sent and not refused need not be sent again: probe right behind it.
    const pending = this.state === 'snapshot' ? this.pendingSnapshot : 0;
    this.#enter('probe');
    this.next = Math.max(this.match + 1, pending + 1);
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
  }

  becomeReplicate(): void {
    this.#enter('replicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.#enter('snapshot');
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.sentCommit = index;
  }

  /** Notes that `count` entries of `bytes` were sent from `next` on. */
  sentEntries(count: number, bytes: number): void {
    if (this.state === 'replicate') {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1, bytes);
      }
      this.paused = this.inflights.full;
    } else if (count > 0) {
      this.paused = true;
    }
  }

  /** True when telling the follower of `commit` would move its commit index. */
  canBumpCommit(commit: number): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1;
  }

  /** Takes an acknowledgement; false when it says nothing new. */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.paused = false;
    return true;
  }

  /** Takes a rejection of the append at `rejected`; false when it is stale. */
  maybeDecrease(rejected: number, hint: number): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
      this.sentCommit = Math.min(this.sentCommit, this.next - 1);
      return true;
    }
    if (this.next - 1 !== rejected) return false;
    this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
    this.paused = false;
    return true;
  }
}
