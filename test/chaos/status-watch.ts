import { type ChildProcess, spawn } from 'node:child_process';
import { parseStatus } from './cluster-status.ts';
import type { ClusterView } from './ports.ts';

/**
 * `radondb status NAME -o json --watch`, running all the time: one process instead of a new one for
 * each look, which on two cores would be felt in the numbers.
 */
export class StatusWatch {
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #waiting = new Set<(view: ClusterView) => void>();
  #child: ChildProcess | null = null;
  #text = '';

  constructor(program: string, cluster: string, env: NodeJS.ProcessEnv) {
    this.#program = program;
    this.#args = ['status', cluster, '-o', 'json', '--watch'];
    this.#env = env;
  }

  /** The next status that is printed; null when none comes in time (nothing changes, or it has ended). */
  async next(deadlineMs: number): Promise<ClusterView | null> {
    this.#start();
    return await new Promise((resolve) => {
      const settle = (view: ClusterView | null): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(view);
      };
      const timer = setTimeout(() => settle(null), deadlineMs);
      this.#waiting.add(settle);
    });
  }

  stop(): void {
    const child = this.#child;
    this.#child = null;
    child?.kill('SIGKILL');
  }

  #start(): void {
    if (this.#child !== null) return;
    const child = spawn(this.#program, this.#args, {
      env: this.#env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    this.#text = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    const ended = (): void => {
      if (this.#child === child) this.#child = null;
    };
    child.once('exit', ended).once('error', ended);
  }

  /** Objects come one after the other, each ending with the only brace that begins a line. */
  #read(more: string): void {
    this.#text += more;
    for (;;) {
      const end = this.#text.indexOf('\n}\n');
      if (end < 0) return;
      const one = this.#text.slice(0, end + 2);
      this.#text = this.#text.slice(end + 3);
      this.#tell(one);
    }
  }

  #tell(text: string): void {
    try {
      const view = parseStatus(text.slice(text.indexOf('{')));
      for (const tell of [...this.#waiting]) tell(view);
    } catch {
      // Not a status, such as a message between two of them: whoever waits goes on waiting.
    }
  }
}
