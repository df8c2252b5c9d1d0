/**
 * Which disk every peer was first seen with. A peer that comes with another one was wiped: it has forgotten its
 * votes and what it acknowledged, and must not take part until it was removed and added again.
 */
import type { ConfChangeOp } from '../core/conf-change.ts';
import type { NodeId } from '../core/types.ts';

export class PeerPins {
  #pins: Readonly<Record<string, string>>;
  readonly #save: (pins: Readonly<Record<string, string>>) => void;

  constructor(
    pins: Readonly<Record<string, string>>,
    save: (pins: Readonly<Record<string, string>>) => void,
  ) {
    this.#pins = pins;
    this.#save = save;
  }

  /** False for a peer with another disk than before. */
  accept(id: NodeId, incarnation: string): boolean {
    const known = this.#pins[id];
    if (known !== undefined) return known === incarnation;
    this.#pins = { ...this.#pins, [id]: incarnation };
    this.#save(this.#pins);
    return true;
  }

  /** Removing a member, or updating it, is how an operator says that its disk is a new one. */
  membershipChanged(op: ConfChangeOp, id: NodeId): void {
    if ((op !== 'remove' && op !== 'update') || this.#pins[id] === undefined) return;
    const { [id]: _forgotten, ...rest } = this.#pins;
    this.#pins = rest;
    this.#save(rest);
  }
}
