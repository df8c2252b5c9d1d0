// `npm test [-- unit|integration|chaos] [--verbose] [part of a file's path …]`
import { fileURLToPath } from 'node:url';
import { findMysqld } from './mysqld/find.ts';
import { ToolMissingError } from './mysqld/tool-missing-error.ts';
import { createProgressPrinter } from './progress-printer.ts';
import { applyFilters, parseArguments, type RunTestsArguments } from './testing/arguments.ts';
import { runTier, type TierResult } from './testing/run-tier.ts';
import { formatSummary, totalsOf } from './testing/summary.ts';
import {
  CHAOS_MAIN,
  listTestFiles,
  packagesWithoutTests,
  TIER_SETTINGS,
  type TierName,
} from './testing/tiers.ts';

// Another root is for the tests of this runner.
const ROOT = process.env['RADONDB_TEST_ROOT'] ?? fileURLToPath(new URL('../../', import.meta.url));
const print = (text: string): void => void process.stdout.write(text);

async function main(args: RunTestsArguments, signal: AbortSignal): Promise<number> {
  const results: TierResult[] = [];
  let matching = 0;
  for (const tier of args.tiers) {
    const all = await listTestFiles(ROOT, tier);
    const files = applyFilters(all, args.filters);
    matching += files.length;
    if (files.length === 0 && args.filters.length > 0) continue;
    print(`== ${tier}: ${files.length} files\n`);
    results.push(await runOrExplain(tier, files, args, signal));
  }
  if (matching === 0 && args.filters.length > 0) {
    print(`no test file matches ${args.filters.join(', ')}\n`);
    return 1;
  }
  print(formatSummary(results));
  return totalsOf(results).failed > 0 ? 1 : 0;
}

async function runOrExplain(
  tier: TierName,
  files: readonly string[],
  args: RunTestsArguments,
  signal: AbortSignal,
): Promise<TierResult> {
  if (files.length === 0) return withoutFiles(tier);
  if (tier === 'unit' && args.filters.length === 0) {
    const empty = packagesWithoutTests(files);
    if (empty.length > 0) print(`no unit tests in: ${empty.join(', ')}\n`);
  }
  if (TIER_SETTINGS[tier].needsMysqld) {
    const reason = await whyNoMysqld(signal);
    // Where nobody reads the output, a tier that was not run must not look like one that passed.
    const outcome = process.env['CI'] === 'true' ? 'failed' : 'skipped';
    if (reason !== null) {
      print(`\n*** SKIP ${tier}: ${reason}\n\n`);
      return { tier, ran: false, outcome, reason, fileCount: files.length };
    }
  }
  return await runTier({ root: ROOT, tier, files, isVerbose: args.isVerbose, print, signal });
}

/** A tier without files would be green for ever: it fails, but for chaos, which is one program. */
function withoutFiles(tier: TierName): TierResult {
  if (tier === 'chaos') {
    const reason = `${CHAOS_MAIN} does not exist`;
    return { tier, ran: false, outcome: 'skipped', reason, fileCount: 0 };
  }
  const reason = 'there is not one test file';
  return { tier, ran: false, outcome: 'failed', reason, fileCount: 0 };
}

async function whyNoMysqld(signal: AbortSignal): Promise<string | null> {
  const printer = createProgressPrinter(process.stdout);
  try {
    await findMysqld({ env: process.env, onProgress: printer.onProgress, signal });
    return null;
  } catch (error) {
    if (error instanceof ToolMissingError) return error.message;
    throw error;
  } finally {
    printer.end();
  }
}

const controller = new AbortController();
const stoppedBy: NodeJS.Signals[] = [];
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    stoppedBy.push(name);
    controller.abort(new Error(`stopped by ${name}`));
  });
}
try {
  process.exitCode = await main(parseArguments(process.argv.slice(2)), controller.signal);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// A shell tells a stopped run from a failed one by the signal.
const [signal] = stoppedBy;
if (signal !== undefined) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
