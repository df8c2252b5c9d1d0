import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../errors.ts';
import type { AgentCommand } from './agent-command.ts';
import { lastLines, openAgentLog } from './agent-log.ts';
import { createBackoff } from './backoff.ts';
import { clearFatal, EX_CONFIG, readFatal } from './fatal.ts';
import { plainLogLine } from './plain-log-line.ts';

/** What is known of one agent process. */
export type AgentState =
  | { readonly phase: 'stopped' }
  | { readonly phase: 'running'; readonly pid: number; readonly restarts: number }
  | { readonly phase: 'waiting'; readonly why: string; readonly restarts: number }
  /** It said itself that starting again is no use; tried again now and then all the same. */
  | { readonly phase: 'failed'; readonly why: string; readonly restarts: number };

export interface AgentSupervisorOptions {
  readonly member: string;
  readonly command: AgentCommand;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly logFile: string;
  readonly fatalFile: string;
  readonly onChange?: (state: AgentState) => void;
  /** How long to leave an agent alone that gave up. */
  readonly retryFailedMs?: number;
}

/** Keeps one agent running: what the kubelet does for a pod's container. */
export class AgentSupervisor {
  readonly member: string;
  readonly #options: AgentSupervisorOptions;
  readonly #backoff = createBackoff();
  readonly #stop = new AbortController();
  #state: AgentState = { phase: 'stopped' };
  #child: ChildProcess | null = null;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: AgentSupervisorOptions) {
    this.member = options.member;
    this.#options = options;
  }

  get state(): AgentState {
    return this.#state;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /**
   * SIGINT, which tells an agent that the whole cluster ends and nobody is left to take over (SIGTERM: somebody is); SIGKILL
   * when the time is up. Resolves when the process is gone.
   */
  async stop(
    deadlineMs: number,
    signal: 'SIGINT' | 'SIGTERM' = 'SIGINT',
  ): Promise<'clean' | 'killed'> {
    this.#stop.abort();
    const child = this.#child;
    if (child === null) {
      await this.#loop;
      return 'clean';
    }
    child.kill(signal);
    // A stopped agent (SIGSTOP) would not see it.
    child.kill('SIGCONT');
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await this.#loop;
    clearTimeout(timer);
    return child.signalCode === 'SIGKILL' ? 'killed' : 'clean';
  }

  /** Ends the process, which is then started again. */
  restart(): void {
    this.#child?.kill('SIGKILL');
  }

  /** Ends it now. */
  kill(): void {
    this.#stop.abort();
    this.#child?.kill('SIGKILL');
  }

  async #run(): Promise<void> {
    await clearFatal(this.#options.fatalFile);
    for (let restarts = 0; !this.#stop.signal.aborted; restarts += 1) {
      const started = performance.now();
      const exit = await this.#runOnce(restarts);
      if (this.#stop.signal.aborted) break;
      const fatal = await readFatal(this.#options.fatalFile);
      const gaveUp = fatal !== null || exit.code === EX_CONFIG;
      const why = fatal ?? (await this.#explain(exit));
      const backoffMs = this.#backoff.next(performance.now() - started);
      const waitMs = gaveUp ? (this.#options.retryFailedMs ?? 30_000) : backoffMs;
      this.#set({ phase: gaveUp ? 'failed' : 'waiting', why, restarts });
      await this.#pause(waitMs);
    }
    this.#set({ phase: 'stopped' });
  }

  async #runOnce(restarts: number): Promise<Exit> {
    const { command, directory, env, logFile } = this.#options;
    try {
      const log = await openAgentLog(logFile);
      try {
        // A stop that came meanwhile found no child to signal.
        if (this.#stop.signal.aborted) return { code: null, signal: null, error: null };
        // A session of its own: Ctrl-C in the terminal is for the box, which then stops agents in order.
        const child = spawn(command.file, command.args, {
          cwd: directory,
          env,
          detached: true,
          stdio: ['ignore', log.fd, log.fd],
        });
        this.#child = child;
        const ended = exitOf(child);
        if (child.pid !== undefined) this.#set({ phase: 'running', pid: child.pid, restarts });
        return await ended;
      } finally {
        this.#child = null;
        await log.close();
      }
    } catch (error) {
      return { code: null, signal: null, error: messageOf(error) };
    }
  }

  async #explain(exit: Exit): Promise<string> {
    if (exit.error !== null) return `the agent cannot be started: ${exit.error}`;
    const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
    const lines = exit.signal === null ? await lastLines(this.#options.logFile, 3) : [];
    const said = [...new Set(lines.map(plainLogLine))].join(' | ');
    return `the agent ended ${how}${said === '' ? '' : `: ${said}`}`;
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    if (ms <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #set(state: AgentState): void {
    this.#state = state;
    this.#options.onChange?.(state);
  }
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error: string | null;
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error: error.message }));
    child.once('exit', (code, signal) => resolve({ code, signal, error: null }));
  });
}
