import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { AgentConfig } from '../../agent-config.ts';

/** How a mysqld ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running mysqld that is this process's child. */
export interface MysqldProcess {
  readonly pid: number;
  /** Resolves when the kernel has reported its end and it is reaped. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly ended: boolean;
  signal(signal: 'SIGKILL' | 'SIGTERM'): void;
}

/**
 * Starts mysqld in a session of its own, so that a Ctrl-C in a terminal reaches the agent only, with its output appended to the log.
 * With `setpriv` it dies when the thread that spawned it ends: call this from the main thread only.
 * @throws when the program cannot be started.
 */
export async function spawnMysqld(
  config: AgentConfig,
  args: readonly string[],
  logFile: string,
): Promise<MysqldProcess> {
  const { command, setpriv } = config.mysqld;
  const own = [...command.args, ...args];
  const log = await open(logFile, 'a', 0o640);
  try {
    const child =
      setpriv === null
        ? spawn(command.file, own, {
            detached: true,
            stdio: ['ignore', log.fd, log.fd],
            cwd: config.directory,
          })
        : spawn(setpriv, ['--pdeathsig', 'KILL', command.file, ...own], {
            detached: true,
            stdio: ['ignore', log.fd, log.fd],
            cwd: config.directory,
          });
    return await watch(child);
  } finally {
    await log.close();
  }
}

async function watch(child: ChildProcess): Promise<MysqldProcess> {
  let ended = false;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      resolve({ code, signal });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', () => resolve());
    child.once('error', reject);
  });
  // A failing kill() reports here too; without a listener it would end the agent.
  child.on('error', () => {});
  const pid = child.pid;
  if (pid === undefined) throw new Error('a spawned mysqld has no pid');
  return {
    pid,
    exited,
    get ended() {
      return ended;
    },
    signal: (signal) => {
      if (!ended) child.kill(signal);
    },
  };
}
