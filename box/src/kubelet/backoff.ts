const FIRST_MS = 100;
const LONGEST_MS = 5_000;
/** A process that lived this long was well: the next exit starts from the beginning. */
const WELL_AFTER_MS = 10_000;

/** How long to wait before the next start. */
export interface Backoff {
  /** The process ended after it had lived that long. Milliseconds to wait: none the first time, then doubling. */
  next(livedMs: number): number;
}

export function createBackoff(): Backoff {
  let failures = 0;
  return {
    next: (livedMs) => {
      if (livedMs >= WELL_AFTER_MS) failures = 0;
      const waitMs = failures === 0 ? 0 : Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
      failures += 1;
      return waitMs;
    },
  };
}
