/**
 * The connection to the leader broke: most likely its process died. This node forgets it and asks for pre-votes at
 * once, again and again while nobody leads. It cannot depose a live leader: members that still hear it refuse, and
 * a pre-vote changes nothing on anybody. Two nodes that ask at the same time wait random times until the next try.
 */
import type { Clock } from '../ports.ts';

export interface FastFailoverPort {
  readonly clock: Clock;
  /** Longest first wait, in milliseconds. */
  readonly jitterMs: number;
  /** Waited before the first try, and longer than others between tries: a better node is given the time to win. */
  readonly handicapMs: number;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly leaderKnown: () => boolean;
  readonly campaign: () => void;
}

const RETRY_MS = 40;
/** For an election that another has begun: its votes are made durable, and its first append must arrive. */
const YIELD_MS = 100;
/** Then the ordinary election timeout is as good. */
const GIVE_UP_MS = 5000;

export class FastFailover {
  readonly #port: FastFailoverPort;
  #cancel: (() => void) | null = null;
  #until = 0;

  constructor(port: FastFailoverPort) {
    this.#port = port;
  }

  start(): void {
    const { clock, jitterMs, handicapMs, random } = this.#port;
    this.#until = clock.now() + GIVE_UP_MS;
    if (this.#cancel === null) this.#wait(handicapMs + random() * jitterMs);
  }

  #wait(ms: number): void {
    this.#cancel = this.#port.clock.after(ms, () => {
      this.#cancel = null;
      const { clock, random, leaderKnown, campaign } = this.#port;
      if (leaderKnown() || clock.now() > this.#until) return;
      campaign();
      // The spread is wider than a round of votes takes: sooner or later one is alone.
      this.#wait(this.#port.handicapMs + RETRY_MS * (0.5 + 2 * random()));
    });
  }

  /**
   * Another asked for this node's vote or pre-vote, and got it: it is left the time to win. A pre-vote of this node would overtake the vote
   * that is still on its way to the disk, and would depose the one elected with it.
   */
  yield(): void {
    if (this.#cancel === null) return;
    this.#cancel();
    this.#wait(YIELD_MS * (1 + this.#port.random()));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
