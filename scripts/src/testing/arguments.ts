import { TIER_NAMES, type TierName } from './tiers.ts';

export type RunTestsArguments = {
  readonly tiers: readonly TierName[];
  /** A file runs when its path contains one of them; empty: all files. */
  readonly filters: readonly string[];
  /** Print the output of files that pass as well. */
  readonly isVerbose: boolean;
};

/** Tiers first or in between, everything else filters. @throws Error for an unknown option. */
export function parseArguments(args: readonly string[]): RunTestsArguments {
  const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--verbose');
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}`);
  const words = args.filter((arg) => !arg.startsWith('-'));
  const named = TIER_NAMES.filter((tier) => words.includes(tier));
  return {
    tiers: named.length > 0 ? named : TIER_NAMES,
    filters: words.filter((word) => !TIER_NAMES.some((tier) => tier === word)),
    isVerbose: args.includes('--verbose'),
  };
}

/** The files that the filters let through. */
export function applyFilters(files: readonly string[], filters: readonly string[]): string[] {
  if (filters.length === 0) return [...files];
  return files.filter((file) =>
    filters.some((filter) => file.includes(filter.replace(/^\.\//, ''))),
  );
}
