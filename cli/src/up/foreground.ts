import type { MysqlCluster } from '@radondb/api';
import { type Box, type BoxLayout, reasonsNotReady, startBox } from '@radondb/box';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { createFailureMemory } from './failure-memory.ts';
import { mysqldErrors } from './mysqld-errors.ts';
import { progressText } from './progress-text.ts';
import { areReady, type Reporter } from './reporter.ts';
import { onStopSignals } from './stop-signals.ts';

/** The live table is a second's work for a person's eye. */
const SHOW_EVERY_MS = 250;

export interface RunOptions {
  readonly layout: BoxLayout;
  readonly clusters: readonly MysqlCluster[];
  /** How this process was started, for those who find the data folder held. */
  readonly command: string;
  readonly timeoutMs: number;
  readonly reporter: Reporter;
}

/** Runs the box in this process until somebody stops it. @returns the exit code. @throws what `startBox` throws */
export async function runForeground(context: Context, options: RunOptions): Promise<number> {
  const { reporter, layout, clusters } = options;
  const abort = new AbortController();
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let box: Box | null = null;
  let isReady = false;
  const failures = createFailureMemory();
  const offSignals = onStopSignals(
    () => {
      reporter.note('\nStopping… (again to kill)');
      abort.abort();
      stop();
    },
    () => {
      box?.kill();
      process.exit(EXIT.interrupted);
    },
  );
  const show = throttle(SHOW_EVERY_MS, () => {
    if (box === null || abort.signal.aborted) return;
    const views = box.views();
    failures.see(views);
    isReady ||= areReady(views, clusters.length);
    reporter.update(views, box.page);
  });
  const sayLate = async (): Promise<void> => {
    const views = box?.views() ?? [];
    const errors = await mysqldErrors(layout, views);
    if (isReady || abort.signal.aborted) return;
    const reasons = [...failures.told(), ...views.flatMap(reasonsNotReady), ...errors];
    if (views.length < clusters.length)
      reasons.push(`the controller has not made everything yet: see ${layout.controlPlaneLog}`);
    reporter.note(`Not Ready after ${options.timeoutMs / 1_000} s:\n  ${reasons.join('\n  ')}`);
  };
  const late = setTimeout(() => void sayLate(), options.timeoutMs);
  try {
    box = await startBox({
      dataFolder: layout.root,
      clusters,
      env: context.env,
      command: options.command,
      signal: abort.signal,
      onProgress: (progress) => reporter.progress(progressText(progress)),
      onChange: show.call,
      onDown: () => {
        abort.abort();
        stop();
      },
    });
    show.call();
    await stopped;
    await box.stop();
    reporter.note('Stopped. The data stays: "radondb up" goes on with it.');
    return isReady ? EXIT.ok : EXIT.interrupted;
  } catch (error) {
    if (abort.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    clearTimeout(late);
    show.cancel();
    offSignals();
    reporter.end();
  }
}

/** Calls at most so often, and always once more after the last wish. */
function throttle(everyMs: number, call: () => void): { call: () => void; cancel: () => void } {
  let timer: NodeJS.Timeout | null = null;
  let lastAtMs = 0;
  const run = (): void => {
    timer = null;
    lastAtMs = performance.now();
    call();
  };
  return {
    call: () => {
      timer ??= setTimeout(run, Math.max(0, lastAtMs + everyMs - performance.now()));
    },
    cancel: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
