/** Handles keys one at a time and each as often as it was asked for since; a failure is reported and tried again. */
export class WorkQueue {
  readonly #handle: (key: string) => Promise<void>;
  readonly #failed: (key: string, error: unknown) => void;
  readonly #pending = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(
    handle: (key: string) => Promise<void>,
    failed: (key: string, error: unknown) => void,
  ) {
    this.#handle = handle;
    this.#failed = failed;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#pending.add(key);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // The writer that caused this goes first.
    await null;
    for (const key of this.#pending) {
      this.#pending.delete(key);
      try {
        await this.#handle(key);
      } catch (error) {
        this.#failed(key, error);
        this.#retryLater(key);
      }
      if (this.#closed) break;
    }
    this.#running = null;
  }

  #retryLater(key: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.add(key);
    }, RETRY_MS);
    this.#timers.add(timer);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pending.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#running;
  }
}

const RETRY_MS = 1_000;
