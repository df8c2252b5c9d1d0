/** Looks for a planted bug, seed by seed. */
import type { PlantedBug } from '@radondb/raft/core';
import { simulate } from '@radondb/raft/testing';

/** Bugs that random runs meet too seldom to count on, and the test that pins each. */
export const PINNED_ELSEWHERE: Partial<Record<PlantedBug, string>> = {
  'change-before-durable-commit': 'test/driver/applier.test.ts',
  'campaign-with-unapplied-change': 'test/core/historical-bugs.test.ts',
};

export interface Hunt {
  /** The first seed that finds it; null when none did. */
  readonly seed: number | null;
  readonly rule: string;
}

export function hunt(bug: PlantedBug, seeds: number): Hunt {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = simulate({ seed, bug, chaosMs: 4000 });
    if (violation !== null) return { seed, rule: violation.rule };
  }
  return { seed: null, rule: '' };
}
