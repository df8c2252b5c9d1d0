import { spawn } from 'node:child_process';

/** A program and the arguments that always come first; append your own to `args`. */
export type CommandSpec = { readonly file: string; readonly args: readonly string[] };

export type CommandResult = {
  /** Exit code; 128 + signal number is not used: a signal gives null. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunOptions = {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Called with standard error as it comes, for progress. */
  readonly onStderr?: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** After this many milliseconds the whole process group is killed. */
  readonly timeoutMs?: number;
};

/**
 * Runs a program to its end and keeps what it printed.
 *
 * The child leads its own process group: apt and dpkg start helpers, and when the caller gives up
 * (signal, timeout) all of them are gone before this settles, so that their folder can be removed.
 *
 * @throws the signal's reason when aborted; the spawn error (ENOENT, EACCES) when it cannot start;
 *   Error when the time is up. A non-zero exit code is a result, not an error.
 */
export async function runCommand(
  command: CommandSpec,
  options: RunOptions = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const limit = options.timeoutMs === undefined ? [] : [AbortSignal.timeout(options.timeoutMs)];
  const signals = options.signal === undefined ? limit : [options.signal, ...limit];
  const stop = AbortSignal.any(signals);
  const child = spawn(command.file, [...command.args, ...(options.args ?? [])], {
    detached: true,
    env: options.env ?? process.env,
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => killGroup(child.pid, 'SIGKILL');
  stop.addEventListener('abort', kill, { once: true });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(text);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    options.signal?.throwIfAborted();
    if (stop.aborted) {
      throw new Error(`${command.file} did not end within ${options.timeoutMs} ms`);
    }
    return { code, stdout, stderr };
  } finally {
    stop.removeEventListener('abort', kill);
  }
}

/** Signals a process group; one that is already gone is no error. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
