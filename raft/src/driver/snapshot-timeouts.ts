/** A snapshot or its answer may be lost without the connection breaking; the core would wait for ever. */
import type { RawNode } from '../core/raw-node.ts';
import type { NodeId } from '../core/types.ts';

export class SnapshotTimeouts {
  readonly #timeoutMs: number;
  readonly #since = new Map<NodeId, number>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Something of it arrived. */
  progressed(id: NodeId, now: number): void {
    this.#since.set(id, now);
  }

  check(node: RawNode, now: number): void {
    for (const [id, { state }] of node.core.tracker.progress) {
      const since = this.#since.get(id);
      if (state !== 'snapshot') this.#since.delete(id);
      else if (since === undefined) this.#since.set(id, now);
      else if (now - since > this.#timeoutMs) {
        this.#since.delete(id);
        node.reportSnapshot(id, false);
      }
    }
  }
}
