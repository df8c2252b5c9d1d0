import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killGroup } from '../command.ts';
import { countRecords, parseRecords, type SkippedTest } from './test-record.ts';

export type FileResult = {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
  readonly durationMs: number;
  /** What went wrong besides a failing test; each counts as one failure in `failed`. */
  readonly problems: readonly string[];
  readonly output: string;
};

export type TestProcessOptions = {
  /** The repository's root; also the working directory. */
  readonly root: string;
  readonly file: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called with output as it comes. */
  readonly onOutput?: (text: string) => void;
};

type Ended = { readonly code: number | null; readonly output: string; readonly isLate: boolean };

// What a test's clean-up may take after SIGTERM before the rest is killed.
const GRACE_MS = 5_000;
const REPORTER = fileURLToPath(new URL('event-reporter.ts', import.meta.url));

/** Runs one test file in a process group of its own and counts what its tests did. */
export async function runTestFile(options: TestProcessOptions): Promise<FileResult> {
  const dir = await mkdtemp(join(tmpdir(), 'radondb-tests-'));
  const startedAt = performance.now();
  try {
    const records = join(dir, 'records');
    const ended = await runGroup(options, [
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${REPORTER}`,
      `--test-reporter-destination=${records}`,
      options.file,
    ]);
    const counts = countRecords(parseRecords(await readFile(records, 'utf8').catch(() => '')));
    const problems = problemsOf(ended, counts, options.timeoutMs);
    return {
      file: options.file,
      passed: counts.passed,
      failed: counts.failed + problems.length,
      skipped: counts.skipped,
      durationMs: performance.now() - startedAt,
      problems,
      output: ended.output,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Runs a program whose exit code is its only result: it counts as one test. */
export async function runProgram(
  options: TestProcessOptions & { readonly args: readonly string[] },
): Promise<FileResult> {
  const startedAt = performance.now();
  const ended = await runGroup(options, [options.file, ...options.args]);
  const late = ended.isLate ? [lateMessage(options.timeoutMs)] : [];
  const isPassed = ended.code === 0 && !ended.isLate;
  return {
    file: options.file,
    passed: isPassed ? 1 : 0,
    failed: isPassed ? 0 : 1,
    skipped: [],
    durationMs: performance.now() - startedAt,
    problems: isPassed ? [] : [...late, `it ended with ${ended.code ?? 'a signal'}`],
    output: ended.output,
  };
}

function problemsOf(
  ended: Ended,
  counts: { passed: number; failed: number; skipped: readonly SkippedTest[] },
  timeoutMs: number,
): string[] {
  if (ended.isLate) return [lateMessage(timeoutMs)];
  if (ended.code !== 0 && counts.failed === 0) return [`it ended with ${ended.code ?? 'a signal'}`];
  const isEmpty = counts.passed + counts.failed + counts.skipped.length === 0;
  return isEmpty ? ['there is not one test in it'] : [];
}

function lateMessage(timeoutMs: number): string {
  return `it took longer than ${timeoutMs / 1000} s and was killed`;
}

async function runGroup(options: TestProcessOptions, args: readonly string[]): Promise<Ended> {
  const env = { ...process.env };
  // Set when this runner itself runs in a test: the child would then speak node's own protocol.
  delete env['NODE_TEST_CONTEXT'];
  const child = spawn(process.execPath, ['--conditions=@radondb/source', ...args], {
    cwd: options.root,
    detached: true,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const onText = (text: string) => {
    output += text;
    options.onOutput?.(text);
  };
  child.stdout.setEncoding('utf8').on('data', onText);
  child.stderr.setEncoding('utf8').on('data', onText);
  let isLate = false;
  let grace: NodeJS.Timeout | undefined;
  const stop = () => {
    killGroup(child.pid, 'SIGTERM');
    grace = setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE_MS);
  };
  const limit = setTimeout(() => {
    isLate = true;
    stop();
  }, options.timeoutMs);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      // What a test left behind in its group holds the pipes open, and would hold 'close' up.
      child.once('exit', () => killGroup(child.pid, 'SIGKILL'));
      child.once('close', (it) => resolve(it));
    });
    return { code, output, isLate };
  } finally {
    clearTimeout(limit);
    clearTimeout(grace);
    options.signal.removeEventListener('abort', stop);
  }
}
