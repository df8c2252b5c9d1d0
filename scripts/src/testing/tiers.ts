import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export type TierName = 'unit' | 'integration' | 'chaos';

/** In the order in which `npm test` runs them: the quick ones first. */
export const TIER_NAMES: readonly TierName[] = ['unit', 'integration', 'chaos'];

export type TierSettings = {
  readonly needsMysqld: boolean;
  /** How many files run at once. */
  readonly concurrency: number;
  /** A file that takes longer is killed and has failed. */
  readonly fileTimeoutMs: number;
};

export const TIER_SETTINGS: Readonly<Record<TierName, TierSettings>> = {
  unit: { needsMysqld: false, concurrency: 2, fileTimeoutMs: 120_000 },
  integration: { needsMysqld: true, concurrency: 1, fileTimeoutMs: 300_000 },
  chaos: { needsMysqld: true, concurrency: 1, fileTimeoutMs: 900_000 },
};

const UNIT_PACKAGES = [
  'raft',
  'api',
  'agent',
  'webhook',
  'controller',
  'box',
  'cli',
  'scripts',
] as const;

/** The short chaos run: a program of its own whose exit code is its result. */
export const CHAOS_MAIN = 'test/chaos/main.ts';

/** The tier's files as paths from the repository's root, sorted. */
export async function listTestFiles(root: string, tier: TierName): Promise<string[]> {
  switch (tier) {
    case 'unit': {
      const packages = UNIT_PACKAGES.map((name) => findFiles(root, `${name}/test`, 'deep'));
      const files = await Promise.all([
        ...packages,
        findFiles(root, 'test', 'flat'),
        findFiles(root, 'test/checker', 'deep'),
      ]);
      return files.flat();
    }
    case 'integration':
      return await findFiles(root, 'test/integration', 'deep');
    case 'chaos': {
      const names = await readdir(join(root, 'test/chaos')).catch((): string[] => []);
      return names.includes('main.ts') ? [CHAOS_MAIN] : [];
    }
  }
}

/** The packages without a single unit test: no failure by itself, but said aloud. */
export function packagesWithoutTests(unitFiles: readonly string[]): string[] {
  return UNIT_PACKAGES.filter((name) => !unitFiles.some((it) => it.startsWith(`${name}/test/`)));
}

async function findFiles(root: string, dir: string, depth: 'deep' | 'flat'): Promise<string[]> {
  const options = { recursive: depth === 'deep' };
  const names = await readdir(join(root, dir), options).catch((): string[] => []);
  return names
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => `${dir}/${name}`)
    .toSorted();
}
