import { type FileResult, runProgram, runTestFile } from './test-process.ts';
import { CHAOS_MAIN, TIER_SETTINGS, type TierName } from './tiers.ts';

/** What became of a tier. `skipped`: not one of its files was run. */
export type TierResult =
  | {
      readonly tier: TierName;
      readonly ran: true;
      readonly files: readonly FileResult[];
      readonly durationMs: number;
    }
  | {
      readonly tier: TierName;
      readonly ran: false;
      readonly outcome: 'skipped' | 'failed';
      readonly reason: string;
      /** How many files that concerns. */
      readonly fileCount: number;
    };

export type RunTierOptions = {
  readonly root: string;
  readonly tier: TierName;
  readonly files: readonly string[];
  readonly isVerbose: boolean;
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
};

/** Runs a tier's files, as many at once as the tier allows, and prints a line for each. */
export async function runTier(options: RunTierOptions): Promise<TierResult> {
  const { tier, signal, print } = options;
  const settings = TIER_SETTINGS[tier];
  const startedAt = performance.now();
  const queue = [...options.files];
  const results: FileResult[] = [];
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      if (signal.aborted) return;
      const result = await runOne(options, file, settings.fileTimeoutMs);
      results.push(result);
      if (!signal.aborted) print(describeFile(result, options.isVerbose));
    }
  };
  await Promise.all(Array.from({ length: settings.concurrency }, worker));
  signal.throwIfAborted();
  const files = results.toSorted((left, right) => (left.file < right.file ? -1 : 1));
  return { tier, ran: true, files, durationMs: performance.now() - startedAt };
}

async function runOne(
  options: RunTierOptions,
  file: string,
  timeoutMs: number,
): Promise<FileResult> {
  const { root, signal, print } = options;
  const process = { root, file, timeoutMs, signal };
  if (file === CHAOS_MAIN) {
    // Minutes long, and its own lines are what a person watches.
    return await runProgram({ ...process, args: ['--short'], onOutput: print });
  }
  return await runTestFile(process);
}

/** One line for a file that passed; everything it printed when it did not. */
export function describeFile(result: FileResult, isVerbose: boolean): string {
  const isGood = result.failed === 0;
  const skipped = result.skipped.length > 0 ? `, ${result.skipped.length} skipped` : '';
  const failed = isGood ? '' : `, ${result.failed} failed`;
  const time = `${Math.round(result.durationMs)} ms`;
  const head = `${isGood ? 'ok  ' : 'FAIL'} ${result.file}: ${result.passed} passed${failed}${skipped} (${time})\n`;
  const problems = result.problems.map((problem) => `     ${problem}\n`).join('');
  return isGood && !isVerbose ? head : `${head}${problems}${result.output}\n`;
}
