import { spawn } from 'node:child_process';

export interface CommandEnd {
  /** Null when it was ended by a signal or the deadline. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const OUTPUT_AFTER_EXIT_MS = 1_000;

/** Runs a program in a process group of its own, so that Ctrl-C reaches us alone; past the deadline the group is killed. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly deadlineMs: number;
    readonly signal?: AbortSignal;
  },
): Promise<CommandEnd> {
  return await new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: options.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended by itself.
      }
    };
    const timer = setTimeout(end, options.deadlineMs);
    options.signal?.addEventListener('abort', end, { once: true });
    const settle = (code: number | null): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', end);
      resolve({ code, ...output });
    };
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    let code: number | null = null;
    child.once('close', () => settle(code));
    // Only a little longer for `close`: what it has left running may hold its output open.
    child.once('exit', (exitCode) => {
      code = exitCode;
      setTimeout(() => settle(code), OUTPUT_AFTER_EXIT_MS).unref();
    });
  });
}
