/** Looks for a planted bug, seed by seed. */
import type { PlantedBug } from '@radondb/raft/core';
import { simulate } from '@radondb/raft/testing';

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
