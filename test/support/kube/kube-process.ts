import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOnPath } from '@radondb/scripts';

const POLL_MS = 20;

/** A started program that ends when this process does, however it does. */
export interface KubeProcess {
  readonly pid: number;
  /** Sends the signal and, when the grace is over, SIGKILL; settles when the process is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL', graceMs?: number): Promise<void>;
  /**
   * Asks until the answer is true.
   *
   * @throws Error with the end of the log when the process ends or the time is up; the signal's reason.
   */
  waitUntil(ask: () => Promise<boolean>, deadlineMs: number, signal: AbortSignal): Promise<void>;
}

/** Starts a program in a process group of its own; what it prints is appended to `logFile`. */
export async function startProcess(parts: {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly logFile: string;
}): Promise<KubeProcess> {
  const { name, logFile } = parts;
  // Linux ends it with us even when we are killed; elsewhere an `after` hook has to.
  const [setpriv] = await findOnPath('setpriv', process.env);
  const words = [parts.file, ...parts.args];
  if (setpriv !== undefined) words.unshift(setpriv, '--pdeathsig', 'KILL', '--');
  const [file = '', ...args] = words;
  const log = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(file, args, { detached: true, stdio: ['ignore', log.fd, log.fd] });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', resolve);
    });
    const isRunning = () => child.exitCode === null && child.signalCode === null;
    return {
      pid: child.pid ?? 0,
      end: async (signal, graceMs = 0) => {
        if (!isRunning()) return;
        child.kill(signal);
        const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
        await exited;
        clearTimeout(kill);
      },
      waitUntil: async (ask, deadlineMs, signal) => {
        const deadline = performance.now() + deadlineMs;
        while (!(await ask())) {
          signal.throwIfAborted();
          const isLate = performance.now() > deadline;
          if (!isRunning() || isLate) {
            const what = isLate ? `is not ready after ${deadlineMs} ms` : 'has ended';
            throw new Error(`${name} ${what}; the end of its log:\n${await lastLines(logFile)}`);
          }
          await sleep(POLL_MS, undefined, { signal });
        }
      },
    };
  } finally {
    await log.close();
  }
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-12).join('\n');
}
