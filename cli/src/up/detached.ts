import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  type BoxLayout,
  type ClusterView,
  findHolder,
  HeldError,
  openDataFolder,
  reasonsNotReady,
} from '@radondb/box';
import type { Context } from '../context.ts';
import { EXIT, ExitError } from '../exit-codes.ts';
import { createFailureMemory } from './failure-memory.ts';
import { isDaemonMessage } from './messages.ts';
import { mysqldErrors } from './mysqld-errors.ts';
import { areReady, type Reporter } from './reporter.ts';
import { onStopSignals } from './stop-signals.ts';

export interface DetachOptions {
  readonly layout: BoxLayout;
  /** Arguments of the `up` that goes on in the background. */
  readonly args: readonly string[];
  readonly expected: number;
  readonly timeoutMs: number;
  readonly reporter: Reporter;
}

/** Starts a box that outlives this command, and waits until everything is Ready. @returns the exit code. */
export async function startDetached(context: Context, options: DetachOptions): Promise<number> {
  const layout = await openDataFolder(options.layout.root);
  const holder = await findHolder(layout);
  if (holder !== null) {
    throw new HeldError(
      `${layout.root} is held by process ${holder.pid} since ${holder.since} (${holder.command}). ` +
        `Stop it with: radondb down --data ${layout.root}`,
    );
  }
  const child = await spawnDaemon(context, layout, options.args);
  const outcome = await waitForReady(child, options);
  options.reporter.end();
  if (child.connected) child.disconnect();
  child.unref();
  const log = `Its log: ${layout.boxLog}`;
  switch (outcome.kind) {
    case 'ready':
      options.reporter.note(
        'Running in the background: "radondb status" shows it, "radondb down" stops it.',
      );
      return EXIT.ok;
    case 'failed':
      context.terminal.err(`${outcome.message}\n`);
      throw new ExitError(outcome.exitCode);
    case 'ended':
      context.terminal.err(`The box ended (${outcome.how}). ${log}\n`);
      return EXIT.failed;
    case 'late':
      for (const line of await mysqldErrors(layout, outcome.views)) {
        context.terminal.err(`${line}\n`);
      }
      context.terminal.err(
        `Not Ready after ${options.timeoutMs / 1_000} s; it goes on trying in the background:\n` +
          `${outcome.reasons.map((it) => `  ${it}\n`).join('')}${log}\n`,
      );
      return EXIT.failed;
    case 'interrupted':
      return EXIT.interrupted;
  }
}

type Outcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly exitCode: number; readonly message: string }
  | { readonly kind: 'ended'; readonly how: string }
  | {
      readonly kind: 'late';
      readonly reasons: readonly string[];
      readonly views: readonly ClusterView[];
    }
  | { readonly kind: 'interrupted' };

async function spawnDaemon(
  context: Context,
  layout: BoxLayout,
  args: readonly string[],
): Promise<ChildProcess> {
  const log = await open(layout.boxLog, 'a', 0o600);
  try {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    return spawn(process.execPath, ['--conditions=@radondb/source', main, ...args], {
      // Its own session: it outlives this terminal, and holds no folder of it.
      detached: true,
      cwd: '/',
      env: context.env,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    });
  } finally {
    await log.close();
  }
}

async function waitForReady(child: ChildProcess, options: DetachOptions): Promise<Outcome> {
  const { reporter, expected, timeoutMs } = options;
  let views: readonly ClusterView[] = [];
  const failures = createFailureMemory();
  let page: string | null = null;
  let interrupted = false;
  let end = (): void => {};
  const outcome = await new Promise<Outcome>((resolve) => {
    const late = setTimeout(
      () =>
        resolve({
          kind: 'late',
          views,
          reasons: [...failures.told(), ...views.flatMap(reasonsNotReady)],
        }),
      timeoutMs,
    );
    const off = onStopSignals(
      () => {
        interrupted = true;
        clearTimeout(late);
        reporter.note('\nStopping… (again to kill)');
        child.kill('SIGTERM');
      },
      () => child.kill('SIGKILL'),
    );
    child.once('error', (error) => resolve({ kind: 'ended', how: error.message }));
    child.once('exit', (code, signal) =>
      resolve(interrupted ? { kind: 'interrupted' } : { kind: 'ended', how: signal ?? `${code}` }),
    );
    child.on('message', (message) => {
      if (!isDaemonMessage(message) || interrupted) return;
      if (message.type === 'progress') reporter.progress(message.text);
      if (message.type === 'page') page = message.url;
      if (message.type === 'failed') resolve({ ...message, kind: 'failed' });
      if (message.type !== 'views') return;
      views = message.views;
      failures.see(views);
      reporter.update(views, page);
      if (areReady(views, expected)) resolve({ kind: 'ready' });
    });
    end = () => {
      clearTimeout(late);
      off();
    };
  });
  end();
  return outcome;
}
