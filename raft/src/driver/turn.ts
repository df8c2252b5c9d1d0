/** Events of one turn of the event loop are answered together: that is where batches come from. */
export interface TurnPort {
  readonly stopped: () => boolean;
  /** Sees to what follows from the changes of this turn. */
  readonly pump: () => void;
  readonly fail: (error: unknown) => void;
}

export class Turn {
  readonly #port: TurnPort;
  #scheduled = false;

  constructor(port: TurnPort) {
    this.#port = port;
  }

  /** Runs a change of the core and sees to its consequences soon; an unexpected error stops the node. */
  run(change: () => void): void {
    const { stopped, fail } = this.#port;
    if (stopped()) return;
    try {
      change();
    } catch (error) {
      fail(error);
      return;
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const { stopped, pump, fail } = this.#port;
      if (stopped()) return;
      try {
        pump();
      } catch (error) {
        fail(error);
      }
    });
  }
}
