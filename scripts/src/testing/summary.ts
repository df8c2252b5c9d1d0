import type { TierResult } from './run-tier.ts';

export type Totals = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** Sums up the tiers; a skipped or failed tier counts each of its files (at least one). */
export function totalsOf(results: readonly TierResult[]): Totals {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const result of results) {
    if (result.ran) {
      for (const file of result.files) {
        totals.passed += file.passed;
        totals.failed += file.failed;
        totals.skipped += file.skipped.length;
      }
    } else {
      totals[result.outcome] += Math.max(1, result.fileCount);
    }
  }
  return totals;
}

/** A paragraph for each tier, and the closing line `N passed, N failed, N skipped`. */
export function formatSummary(results: readonly TierResult[]): string {
  const { passed, failed, skipped } = totalsOf(results);
  const closing = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return `\n${results.map(formatTier).join('')}\n${closing}\n`;
}

function formatTier(result: TierResult): string {
  if (!result.ran) {
    const word = result.outcome === 'skipped' ? 'SKIPPED' : 'FAILED';
    return `${result.tier}: ${word} (${count(result.fileCount, 'file')}): ${result.reason}\n`;
  }
  const { passed, failed, skipped } = totalsOf([result]);
  const seconds = (result.durationMs / 1000).toFixed(1);
  const head =
    `${result.tier}: ${count(result.files.length, 'file')}, ${count(passed + failed + skipped, 'test')}: ` +
    `${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s\n`;
  const failedFiles = result.files
    .filter((it) => it.failed > 0)
    .map((it) => `  failed: ${it.file}${it.problems.map((problem) => `: ${problem}`).join('')}\n`);
  const skips = result.files.flatMap((it) =>
    it.skipped.map((test) => `  skipped: ${it.file} › ${test.name}: ${test.reason}\n`),
  );
  return [head, ...failedFiles, ...skips].join('');
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
