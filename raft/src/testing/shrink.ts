/** Makes a failing run small: fewer faults, less time, the same rule broken; and tells the story of what is left. */
import { type SimulationOptions, type SimulationResult, simulate } from './simulator.ts';

export interface ShrunkRun {
  /** Replays the small run. */
  readonly options: SimulationOptions;
  readonly result: SimulationResult;
  /** Faults left. */
  readonly faults: number;
  readonly runs: number;
  /** One line an event. */
  readonly trace: readonly string[];
}

/** Null when the run does not fail. `maxRuns` bounds the work. @default 200 */
export function shrink(options: SimulationOptions, maxRuns = 200): ShrunkRun | null {
  let result = simulate(options);
  const rule = result.violation?.rule;
  if (rule === undefined) return null;
  let best = options;
  let runs = 1;
  const attempt = (candidate: SimulationOptions): boolean => {
    if (runs >= maxRuns) return false;
    runs += 1;
    const found = simulate(candidate);
    if (found.violation?.rule !== rule) return false;
    best = candidate;
    result = found;
    return true;
  };
  if (result.endedAt < (options.chaosMs ?? Number.POSITIVE_INFINITY)) {
    attempt({ ...best, chaosMs: result.endedAt });
  }
  const left = (): number[] => {
    const skipped = best.skipFaults ?? new Set<number>();
    return Array.from({ length: result.faults }, (_, i) => i + 1).filter((n) => !skipped.has(n));
  };
  for (let size = Math.ceil(left().length / 2); size >= 1; size = Math.floor(size / 2)) {
    // From the end: what came last is most often not what mattered.
    for (let from = left().length - size; from > -size && runs < maxRuns; from -= size) {
      const chunk = left().slice(Math.max(0, from), Math.max(0, from) + size);
      attempt({ ...best, skipFaults: new Set([...(best.skipFaults ?? []), ...chunk]) });
    }
  }
  attempt({ ...best, membershipChanges: false });
  const trace: string[] = [];
  simulate({ ...best, onEvent: (line) => trace.push(line) });
  return { options: best, result, faults: left().length, runs, trace };
}
