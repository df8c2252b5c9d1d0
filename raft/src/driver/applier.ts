/** Committed entries on their way to the state machine, in order. */
import { isConfChangeType } from '../core/conf-change.ts';
import type { RawNode } from '../core/raw-node.ts';
import type { Message } from '../core/types.ts';
import type { Persister } from './persister.ts';
import type { Replica } from './replica.ts';

export interface ApplierPort {
  readonly node: RawNode;
  readonly replica: Replica;
  readonly persister: Persister;
  /** Runs later work as a turn of its own. */
  readonly run: (change: () => void) => void;
  readonly onApplied: (index: number) => void;
}

export class Applier {
  readonly #port: ApplierPort;
  readonly #queue: Message[] = [];

  constructor(port: ApplierPort) {
    this.#port = port;
  }

  add(work: Message): void {
    this.#queue.push(work);
    if (this.#queue.length === 1) this.#next();
  }

  /**
   * A membership is acted on only once the commit index behind it is durable. Otherwise a restart would take the
   * node back to a membership of old, in which it might be a majority by itself.
   */
  #next(): void {
    const { node, replica, persister, run, onApplied } = this.#port;
    for (let work = this.#queue[0]; work !== undefined; work = this.#queue[0]) {
      const change = work.entries.findLast(({ type }) => isConfChangeType(type));
      if (change !== undefined && change.index > persister.durableCommit) {
        persister.syncCommit(() => run(() => this.#next()));
        return;
      }
      this.#queue.shift();
      for (const entry of work.entries) replica.apply(node, entry);
      for (const response of work.responses) node.step(response);
      onApplied(replica.appliedIndex);
    }
  }
}
