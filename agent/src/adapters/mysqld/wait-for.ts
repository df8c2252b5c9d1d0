import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is not null. Null at the deadline. */
export async function waitFor<T>(
  ask: (remainingMs: number) => Promise<T | null>,
  options: { readonly deadlineMs: number; readonly everyMs: number; readonly signal?: AbortSignal },
): Promise<T | null> {
  const deadline = performance.now() + options.deadlineMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const remaining = deadline - performance.now();
    if (remaining <= 0) return null;
    const answer = await ask(remaining);
    if (answer !== null) return answer;
    await delay(Math.min(options.everyMs, Math.max(0, deadline - performance.now())), undefined, {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }
}
