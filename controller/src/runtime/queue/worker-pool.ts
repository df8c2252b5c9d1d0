/** Works a key queue off with a fixed number of workers. The shell of KeyQueue: clock, timers, promises. */
import type { Clock } from '../clock.ts';
import type { KeyQueue, TakenKey } from './key-queue.ts';

/** What became of a key; the worker never rejects. */
export type WorkResult =
  | { readonly kind: 'done'; readonly requeueAfterMs?: number }
  | { readonly kind: 'failed'; readonly retryAfterMs?: number };

export interface WorkerPoolOptions {
  readonly queue: KeyQueue;
  readonly workers: number;
  readonly clock: Clock;
  readonly work: (taken: TakenKey) => Promise<WorkResult>;
  /** Called after every change of the queue. */
  readonly onChange?: (pool: { readonly depth: number; readonly active: number }) => void;
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #startedAt = new Map<string, number>();
  readonly #idle = new Set<() => void>();
  #cancelTimer: () => void = () => {};
  #isStarted = false;
  #isStopped = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  get active(): number {
    return this.#startedAt.size;
  }

  /** Of the work that has been under way for the longest time. Milliseconds; 0 when there is none. */
  get longestRunningMs(): number {
    let longest = 0;
    const now = this.#options.clock.now();
    for (const startedAt of this.#startedAt.values()) longest = Math.max(longest, now - startedAt);
    return longest;
  }

  /** Keys can be added before; nothing is worked on until this. */
  start(): void {
    this.#isStarted = true;
    this.#pump();
  }

  add(key: string): void {
    this.#options.queue.add(key, this.#options.clock.now());
    this.#pump();
  }

  /** Takes no more keys. Resolves when the work under way has ended, however long that takes. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    if (this.active === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#idle.add(resolve));
  }

  #pump(): void {
    if (!this.#isStarted || this.#isStopped) return;
    const { queue, workers, clock } = this.#options;
    while (this.active < workers) {
      const taken = queue.take(clock.now());
      if (taken === undefined) break;
      void this.#run(taken);
    }
    this.#changed();
    this.#cancelTimer();
    // With all workers busy, the end of the first of them comes here again.
    if (this.active >= workers) return;
    const dueMs = queue.nextDueMs(clock.now());
    if (dueMs !== undefined) this.#cancelTimer = clock.setTimer(dueMs, () => this.#pump());
  }

  async #run(taken: TakenKey): Promise<void> {
    const { queue, clock, work } = this.#options;
    this.#startedAt.set(taken.key, clock.now());
    const result = await work(taken);
    this.#startedAt.delete(taken.key);
    const now = clock.now();
    if (result.kind === 'failed') {
      queue.failed(taken.key, now, result.retryAfterMs);
    } else {
      queue.succeeded(taken.key);
      if (result.requeueAfterMs !== undefined)
        queue.addAfter(taken.key, result.requeueAfterMs, now);
    }
    this.#pump();
    if (this.#isStopped) this.#changed();
    if (this.#isStopped && this.active === 0) for (const resolve of this.#idle) resolve();
  }

  #changed(): void {
    this.#options.onChange?.({ depth: this.#options.queue.depth, active: this.active });
  }
}
