/**
 * A leader whose disk hangs still sends heartbeats, so that nobody would replace it, and applies nothing any more.
 * It hands leadership to the member that has most of the log.
 */
import type { RawNode } from '../core/raw-node.ts';
import { NONE } from '../core/types.ts';

/** What is being written: `writes` counts what was finished. */
export interface DiskActivity {
  readonly busy: boolean;
  readonly writes: number;
}

export class DiskWatch {
  readonly #stallMs: number;
  #writes = -1;
  #since = 0;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
  }

  check(node: RawNode, { busy, writes }: DiskActivity, now: number): void {
    if (!busy || writes !== this.#writes) {
      this.#writes = writes;
      this.#since = now;
      return;
    }
    const { core } = node;
    if (now - this.#since < this.#stallMs || core.role !== 'leader') return;
    if (core.leadTransferee !== NONE) return;
    const [best] = core.tracker.voterIds
      .filter((id) => id !== core.id && !core.witnesses.has(id))
      .map((id) => ({ id, progress: core.tracker.progress.get(id) }))
      .filter(({ progress }) => progress?.recentActive === true)
      .sort((a, b) => (b.progress?.match ?? 0) - (a.progress?.match ?? 0));
    if (best !== undefined) node.transferLeader(best.id);
  }
}
