/** Keeps the control plane's process running, always at the same address. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { BoxFailedError, PortInUseError } from '../errors.ts';
import { createBackoff } from '../kubelet/backoff.ts';
import { takeFreePort } from '../ports/free-port.ts';

/** How to reach the API, as an administrator. */
export interface ApiAddress {
  readonly url: string;
  readonly token: string;
  readonly caPem: string;
  readonly kubeconfigPath: string;
}

export interface ControlPlaneProcessOptions {
  /** The program: control-plane/main.ts, as it is or bundled. */
  readonly program: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** The port of the API, kept: kubeconfigs that people copied go on working. Another one when somebody has it. */
  readonly port: number;
  readonly serviceNetwork: string;
  readonly setpriv: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** The program may be a bundle elsewhere; our manifests are as they are checked in. */
const MANIFESTS = fileURLToPath(new URL('../../../manifests/', import.meta.url));
const READY_WITHIN_MS = 60_000;
const STOPS_WITHIN_MS = 10_000;
const MOST_ATTEMPTS = 5;

export class ControlPlaneProcess {
  readonly #options: ControlPlaneProcessOptions;
  readonly #backoff = createBackoff();
  #child: ChildProcess | null = null;
  #stopping = false;
  #hasServed = false;
  #port: number;
  #ended: Promise<void> = Promise.resolve();

  private constructor(options: ControlPlaneProcessOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** Resolves when the API serves. @throws BoxFailedError with what it said */
  static async start(
    options: ControlPlaneProcessOptions,
  ): Promise<{ readonly process: ControlPlaneProcess; readonly api: ApiAddress }> {
    const supervised = new ControlPlaneProcess(options);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const api = await supervised.#run();
        supervised.#hasServed = true;
        return { process: supervised, api };
      } catch (error) {
        // Somebody took the port after it was looked at.
        if (!(error instanceof PortInUseError) || attempt === MOST_ATTEMPTS) throw error;
        supervised.#port = await takeFreePort(supervised.#port + 1, new Set());
      }
    }
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null) return;
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#stopping = true;
    this.#child?.kill('SIGKILL');
  }

  async #run(): Promise<ApiAddress> {
    const { program, dataDir, logFile, serviceNetwork, setpriv, env, signal } = this.#options;
    const startedAtMs = performance.now();
    const command = [
      process.execPath,
      '--conditions=@radondb/source',
      program,
      '--data',
      dataDir,
      '--log',
      logFile,
      '--port',
      String(this.#port),
      '--service-network',
      serviceNetwork,
      '--manifests',
      MANIFESTS,
    ];
    const whole = setpriv === null ? command : [setpriv, '--pdeathsig', 'KILL', ...command];
    const [file = '', ...args] = whole;
    const child = spawn(file, args, {
      env,
      // A session of its own: Ctrl-C in the terminal is for the box, which then stops everything in order.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
    void this.#ended.then(() => {
      // Another one may have been started meanwhile.
      if (this.#child !== child) return;
      this.#child = null;
      this.#again(performance.now() - startedAtMs);
    });
    const onAbort = (): void => this.kill();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await firstWord(child);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #again(livedMs: number): void {
    if (this.#stopping || !this.#hasServed) return;
    const { logger } = this.#options;
    const waitMs = this.#backoff.next(livedMs);
    logger.warn(
      { waitMs },
      'the control plane has ended and is started again; members go on without it',
    );
    setTimeout(() => {
      if (this.#stopping) return;
      this.#run().catch((error: unknown) => logger.warn({ error: String(error) }, 'control plane'));
    }, waitMs).unref();
  }
}

type Word =
  | ({ readonly type: 'ready' } & ApiAddress)
  | { readonly type: 'failed'; readonly message: string; readonly code?: string };

async function firstWord(child: ChildProcess): Promise<ApiAddress> {
  return await new Promise<ApiAddress>((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new BoxFailedError(`The Kubernetes API does not start within ${READY_WITHIN_MS} ms`),
        ),
      READY_WITHIN_MS,
    );
    const done = (): void => clearTimeout(timer);
    child.once('message', (word: Word) => {
      done();
      if (word.type === 'ready') resolve(word);
      else if (word.code === 'EADDRINUSE') reject(new PortInUseError(word.message));
      else reject(new BoxFailedError(`The Kubernetes API does not start: ${word.message}`));
    });
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      done();
      reject(new BoxFailedError(`The Kubernetes API has ended (${signal ?? code}): see its log`));
    });
  });
}
