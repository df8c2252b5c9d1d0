/** How long to wait after failures in a row. Pure. */

export interface Backoff {
  /** After the first failure. Milliseconds. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Doubles with every failure, up to maxMs; then a random part of the upper half, so that a thousand clients which an
 * outage has made step together do not come back together. `failures` ≥ 1; `random` in [0, 1).
 */
export function backoffDelayMs(backoff: Backoff, failures: number, random: number): number {
  const full = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(failures - 1, 30));
  return full * (0.5 + random / 2);
}
