/** One thing at a time, in the order asked; and a bell that ends a wait early. */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything asked before it has ended. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

export class Bell {
  #rung = false;
  #waiter: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#waiter?.();
  }

  /** Resolves at the next ring, at once if one came since the last wait, after `ms`, or when the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, ms);
        function done(): void {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        }
        this.#waiter = done;
        signal.addEventListener('abort', done, { once: true });
      });
    }
    this.#waiter = null;
    this.#rung = false;
  }
}
