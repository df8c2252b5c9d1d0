/** Keeps the control plane's process running, always at the same address. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { BoxFailedError } from '../errors.ts';
import { createBackoff } from '../kubelet/backoff.ts';

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
  /** The port of the API, kept: kubeconfigs that people copied go on working. */
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

export class ControlPlaneProcess {
  readonly #options: ControlPlaneProcessOptions;
  readonly #backoff = createBackoff();
  #child: ChildProcess | null = null;
  #stopping = false;
  #ended: Promise<void> = Promise.resolve();

  private constructor(options: ControlPlaneProcessOptions) {
    this.#options = options;
  }

  /** Resolves when the API serves. @throws BoxFailedError with what it said */
  static async start(
    options: ControlPlaneProcessOptions,
  ): Promise<{ readonly process: ControlPlaneProcess; readonly api: ApiAddress }> {
    const supervised = new ControlPlaneProcess(options);
    const api = await supervised.#run();
    return { process: supervised, api };
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
    const { program, dataDir, logFile, port, serviceNetwork, setpriv, env, signal } = this.#options;
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
      String(port),
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
    void this.#ended.then(() => this.#again(performance.now() - startedAtMs));
    const onAbort = (): void => this.kill();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await firstWord(child);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #again(livedMs: number): void {
    this.#child = null;
    if (this.#stopping) return;
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
  | { readonly type: 'failed'; readonly message: string };

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
