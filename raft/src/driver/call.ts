/** A promise that always settles: by its answer, its timeout or its signal, whichever is first. */
import type { Clock } from '../ports.ts';

export interface CallOptions {
  /** Aborting rejects the call; it cannot take back what was sent already. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeoutMs?: number | undefined;
}

export interface CallErrors {
  readonly timedOut: () => Error;
  readonly aborted: (reason: unknown) => Error;
}

export class Call<T> {
  readonly promise: Promise<T>;
  #resolve: (value: T) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #settled = false;
  readonly #cleanUp: (() => void)[] = [];

  constructor(
    clock: Clock,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
    errors: CallErrors,
  ) {
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#cleanUp.push(clock.after(options.timeoutMs, () => this.reject(errors.timedOut())));
    const { signal } = options;
    if (signal === undefined) return;
    const abort = (): void => this.reject(errors.aborted(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    this.#cleanUp.push(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  }

  /** Runs when the call settles, however it does. */
  finally(run: () => void): void {
    if (this.#settled) run();
    else this.#cleanUp.push(run);
  }

  get settled(): boolean {
    return this.#settled;
  }

  #finish(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    for (const run of this.#cleanUp) run();
    return true;
  }

  resolve(value: T): void {
    if (this.#finish()) this.#resolve(value);
  }

  reject(error: Error): void {
    if (this.#finish()) this.#reject(error);
  }
}
