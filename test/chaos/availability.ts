/** One stretch of time without a write that was answered with OK. */
export interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * The gaps between writes that were answered, from the last one before `fromMs` on. The longest is
 * the unavailability that a fault at `fromMs` caused.
 *
 * @param okAtMs ascending times of answers
 */
export function outages(okAtMs: readonly number[], fromMs: number, untilMs: number): Outage[] {
  const gaps: Outage[] = [];
  let index = firstAfter(okAtMs, fromMs);
  let previous = index > 0 ? okAtMs[index - 1]! : fromMs;
  for (; index < okAtMs.length && previous < untilMs; index += 1) {
    gaps.push({ fromMs: previous, untilMs: okAtMs[index]! });
    previous = okAtMs[index]!;
  }
  return gaps;
}

export function longestMs(gaps: readonly Outage[]): number {
  return gaps.reduce((longest, gap) => Math.max(longest, gap.untilMs - gap.fromMs), 0);
}

/** All gaps that are longer than `thresholdMs`, added up. */
export function totalAboveMs(gaps: readonly Outage[], thresholdMs: number): number {
  return gaps
    .map((gap) => gap.untilMs - gap.fromMs)
    .filter((ms) => ms > thresholdMs)
    .reduce((sum, ms) => sum + ms, 0);
}

function firstAfter(ascending: readonly number[], bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
