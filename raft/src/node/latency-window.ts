/** The last durations of an operation, for percentiles. */
export class LatencyWindow {
  readonly #size: number;
  #samples: number[] = [];
  #next = 0;
  count = 0;

  constructor(size = 512) {
    this.#size = size;
  }

  add(ms: number): void {
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % this.#size;
    this.count += 1;
  }

  /** 0 ≤ fraction ≤ 1; 0 when nothing was measured. */
  percentile(fraction: number): number {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
  }
}
