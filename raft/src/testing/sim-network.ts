/** A network that delays, loses, doubles and reorders messages, and is cut in one direction or both. */
import type { Message, NodeId } from '../core/types.ts';
import type { EventQueue } from './event-queue.ts';
import type { Random } from './random.ts';

export interface NetworkFaults {
  /** Probabilities. */
  readonly loss: number;
  readonly duplication: number;
  /** Milliseconds. */
  readonly maxDelayMs: number;
}

export class SimNetwork {
  faults: NetworkFaults = { loss: 0, duplication: 0, maxDelayMs: 3 };
  readonly #queue: EventQueue;
  readonly #random: Random;
  /** False when nobody took it. */
  readonly #deliver: (received: Message) => boolean;
  /** Told of a message that will not arrive. A transport reports lost snapshots; the core relies on it. */
  readonly #lost: (outgoing: Message) => void;
  /** Directed links that carry nothing, as `from>to`. */
  readonly #cut = new Set<string>();

  constructor(
    queue: EventQueue,
    random: Random,
    handlers: {
      readonly deliver: (received: Message) => boolean;
      readonly lost: (outgoing: Message) => void;
    },
  ) {
    this.#queue = queue;
    this.#random = random;
    this.#deliver = handlers.deliver;
    this.#lost = handlers.lost;
  }

  send(outgoing: Message): void {
    // A proposal that came twice would be applied twice: that is its client's business, not the protocol's.
    const doubled = outgoing.type !== 'propose' && this.#random.chance(this.faults.duplication);
    const copies = doubled ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const lost = this.#random.chance(this.faults.loss);
      const delay = 1 + this.#random.below(this.faults.maxDelayMs);
      // Decided on arrival: what is under way when a link is cut is lost with it.
      this.#queue.after(delay, () => {
        const cut = this.#cut.has(`${outgoing.from}>${outgoing.to}`);
        if (lost || cut || !this.#deliver(outgoing)) this.#lost(outgoing);
      });
    }
  }

  cut(from: NodeId, to: NodeId): void {
    this.#cut.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cut.clear();
  }
}
