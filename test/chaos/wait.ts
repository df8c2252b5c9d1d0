import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds of the run's one clock. */
export function nowMs(): number {
  return performance.now();
}

/** Resolves after the time, or at once when the run is given up. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** Looks until the condition holds. False when the deadline comes or the run is given up first. */
export async function waitUntil(
  condition: () => boolean,
  options: { readonly deadlineMs: number; readonly signal: AbortSignal; readonly everyMs?: number },
): Promise<boolean> {
  const endsAt = nowMs() + options.deadlineMs;
  while (!condition()) {
    if (options.signal.aborted || nowMs() >= endsAt) return false;
    await pause(options.everyMs ?? 2, options.signal);
  }
  return true;
}
