import type { Outcome } from '../checker/operation.ts';

/** What the clients have met so far; differences of two snapshots belong to a fault. */
export interface Tally {
  readonly ok: number;
  readonly failed: number;
  readonly unknown: number;
  readonly refused: number;
}

export class TallyKeeper {
  readonly #counts: Record<Outcome, number> = { ok: 0, fail: 0, unknown: 0 };
  readonly #errors = new Map<string, number>();

  count(outcome: Outcome, error?: string): void {
    this.#counts[outcome] += 1;
    if (error !== undefined) this.#errors.set(error, (this.#errors.get(error) ?? 0) + 1);
  }

  /** @param refused attempts to connect that failed, counted by the links */
  snapshot(refused: number): Tally {
    const { ok, fail, unknown } = this.#counts;
    return { ok, failed: fail, unknown, refused };
  }

  /** How often each error was met. */
  errors(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#errors].sort(([, a], [, b]) => b - a));
  }
}

export function difference(later: Tally, earlier: Tally): Tally {
  return {
    ok: later.ok - earlier.ok,
    failed: later.failed - earlier.failed,
    unknown: later.unknown - earlier.unknown,
    refused: later.refused - earlier.refused,
  };
}
