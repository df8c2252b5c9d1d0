/** Runs one reconcile function over the keys that its sources name. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Backoff } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import type { KeySource } from './keys-from.ts';
import { ApiError, isConflict } from './kube/api-error.ts';
import type { Reconcile, ReconcileResult } from './ports.ts';
import { KeyQueue, type TakenKey } from './queue/key-queue.ts';
import { WorkerPool, type WorkResult } from './queue/worker-pool.ts';

export interface ControllerTimes {
  /** Between tries of a key that fails. */
  readonly backoff: Backoff;
  /** For one reconcile. Milliseconds. */
  readonly reconcileTimeoutMs: number;
  /** How long a stop waits for reconciles under way before it aborts them. Milliseconds. */
  readonly drainMs: number;
  /** All keys are looked at again after about this long, whatever is missed. Milliseconds. */
  readonly resyncMs: number;
}

export const CONTROLLER_TIMES: ControllerTimes = Object.freeze({
  backoff: { baseMs: 100, maxMs: 60_000 },
  reconcileTimeoutMs: 60_000,
  drainMs: 10_000,
  resyncMs: 600_000,
});

export interface ControllerObserver {
  onReconcile(reconcile: {
    readonly controller: string;
    readonly result: 'success' | 'requeue_after' | 'conflict' | 'error' | 'aborted';
    readonly seconds: number;
    readonly waitedSeconds: number;
  }): void;
  onAdd(controller: string): void;
  onQueue(queue: {
    readonly controller: string;
    readonly depth: number;
    readonly active: number;
  }): void;
}

export interface ControllerOptions {
  /** For logs and metrics. */
  readonly name: string;
  readonly sources: readonly KeySource[];
  readonly reconcile: Reconcile;
  readonly workers: number;
  /** Ends the controller gracefully: no new reconcile, those under way may end within drainMs. */
  readonly stop: AbortSignal;
  /** Ends it at once: the lease is lost. Its reason is what the reconciles see. */
  readonly fence: AbortSignal;
  readonly logger: Logger;
  readonly observer?: ControllerObserver;
  readonly times?: ControllerTimes;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface RunningController {
  /** For occasions that no source reports: an agent called. */
  enqueue(key: string): void;
  /** Age of the oldest reconcile under way. Milliseconds. */
  readonly longestRunningMs: number;
  /** Resolves when it has been stopped or fenced and no reconcile is under way any more. Never rejects. */
  readonly done: Promise<void>;
}

/** Starts at once; the first reconcile begins when all sources have synced, with every key they hold. */
export function runController(options: ControllerOptions): RunningController {
  return new Controller(options);
}

class Controller implements RunningController {
  readonly done: Promise<void>;
  readonly #options: ControllerOptions;
  readonly #times: ControllerTimes;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #pool: WorkerPool;
  /** Of the reconciles under way. */
  readonly #underWay = new Set<AbortController>();
  /** Why they were all aborted; null while they were not. */
  #aborted: { readonly reason: unknown } | null = null;

  constructor(options: ControllerOptions) {
    const { name, workers, observer } = options;
    this.#options = options;
    this.#times = options.times ?? CONTROLLER_TIMES;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#pool = new WorkerPool({
      queue: new KeyQueue({ backoff: this.#times.backoff, random: this.#random }),
      workers,
      clock: this.#clock,
      work: (taken) => this.#workOff(taken),
      onChange: (queue) => observer?.onQueue({ controller: name, ...queue }),
    });
    this.done = this.#run();
  }

  get longestRunningMs(): number {
    return this.#pool.longestRunningMs;
  }

  enqueue(key: string): void {
    this.#options.observer?.onAdd(this.#options.name);
    this.#pool.add(key);
  }

  async #run(): Promise<void> {
    const { stop, fence, sources, logger, name } = this.#options;
    const ended = AbortSignal.any([stop, fence]);
    const fenced = (): void => this.#abortAll(fence.reason);
    fence.addEventListener('abort', fenced, { once: true });
    if (fence.aborted) fenced();
    // Before the first look, so that nothing falls between it and the events.
    const unsubscribe = sources.map((source) => source.onKey((key) => this.enqueue(key)));
    let cancelResync = (): void => {};
    try {
      await Promise.all(sources.map((source) => source.whenSynced(ended)));
      this.#enqueueAll();
      cancelResync = this.#resyncLater();
      this.#pool.start();
      logger.info({ controller: name }, 'controller started');
      await whenAborted(ended);
    } catch {
      // Ended before the sources had synced: there is nothing to drain.
    } finally {
      cancelResync();
      for (const off of unsubscribe) off();
    }
    await this.#drain();
    fence.removeEventListener('abort', fenced);
    logger.info({ controller: name }, 'controller stopped');
  }

  async #drain(): Promise<void> {
    const cancel = this.#clock.setTimer(this.#times.drainMs, () =>
      this.#abortAll(new Error('the controller stops and its patience has ended')),
    );
    await this.#pool.stop();
    cancel();
  }

  #abortAll(reason: unknown): void {
    this.#aborted = { reason };
    for (const each of this.#underWay) each.abort(reason);
  }

  #enqueueAll(): void {
    for (const source of this.#options.sources)
      for (const key of source.allKeys()) this.enqueue(key);
  }

  #resyncLater(): () => void {
    // Spread, so that controllers that started together do not resync together.
    const delayMs = this.#times.resyncMs * (0.9 + this.#random() / 5);
    let cancel = this.#clock.setTimer(delayMs, () => {
      this.#enqueueAll();
      cancel = this.#resyncLater();
    });
    return () => cancel();
  }

  async #workOff(taken: TakenKey): Promise<WorkResult> {
    const { name, observer } = this.#options;
    const start = this.#clock.now();
    const { result, work } = await this.#reconcile(taken);
    const seconds = (this.#clock.now() - start) / 1000;
    observer?.onReconcile({
      controller: name,
      result,
      seconds,
      waitedSeconds: taken.waitedMs / 1000,
    });
    return work;
  }

  async #reconcile(taken: TakenKey): Promise<{
    readonly result: 'success' | 'requeue_after' | 'conflict' | 'error' | 'aborted';
    readonly work: WorkResult;
  }> {
    const { name, reconcile } = this.#options;
    const { key, failures } = taken;
    const logger = this.#options.logger.child({
      controller: name,
      key,
      reconcileID: randomUUID(),
    });
    // One of its own, not AbortSignal.any of a long-lived one: thousands of those a minute are work for the collector.
    const abort = new AbortController();
    const { reconcileTimeoutMs } = this.#times;
    const cancel = this.#clock.setTimer(reconcileTimeoutMs, () =>
      abort.abort(new Error(`the reconcile took longer than ${reconcileTimeoutMs} ms`)),
    );
    this.#underWay.add(abort);
    if (this.#aborted !== null) abort.abort(this.#aborted.reason);
    try {
      const result = await reconcile(key, { signal: abort.signal, logger, failures });
      return succeeded(result, logger);
    } catch (error) {
      // Whoever ended it has said why; the next leader looks at this key again.
      if (this.#aborted !== null) return { result: 'aborted', work: { kind: 'failed' } };
      return failedWith(error, logger, failures);
    } finally {
      cancel();
      this.#underWay.delete(abort);
    }
  }
}

function succeeded(
  result: ReconcileResult,
  logger: Logger,
): { readonly result: 'success' | 'requeue_after'; readonly work: WorkResult } {
  const { outcome, requeueAfterMs } = result;
  logger.debug({ outcome, requeueAfterMs }, 'reconciled');
  return requeueAfterMs === undefined
    ? { result: 'success', work: { kind: 'done' } }
    : { result: 'requeue_after', work: { kind: 'done', requeueAfterMs } };
}

function failedWith(
  error: unknown,
  logger: Logger,
  failures: number,
): { readonly result: 'conflict' | 'error'; readonly work: WorkResult } {
  const seconds = error instanceof ApiError ? error.details.retryAfterSeconds : undefined;
  const work = {
    kind: 'failed',
    ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }),
  } as const;
  // Somebody else wrote first: that is how writers meet, and no error. The retry sees what they wrote.
  if (isConflict(error)) {
    logger.debug({ err: error, failures }, 'conflict; looks again');
    return { result: 'conflict', work };
  }
  logger.error({ err: error, failures }, 'reconcile failed; tries again');
  return { result: 'error', work };
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
