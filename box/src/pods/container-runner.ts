/** One container of a pod: its process is kept running and probed. */
import { type AgentState, AgentSupervisor } from '../kubelet/agent-supervisor.ts';
import type { ContainerProcess } from './container-process.ts';
import type { Container, HttpProbe } from './pod-spec.ts';
import type { ContainerView } from './pod-status.ts';
import { ask, type ProbeState, probed, UNPROBED } from './probe.ts';

export interface ContainerRunnerOptions {
  readonly container: Container;
  readonly process: ContainerProcess;
  /** Address that probes go to. */
  readonly podIp: string;
  /** Working directory of the process. */
  readonly folder: string;
  readonly logFile: string;
  readonly lastWordsFile: string;
  /** Path of setpriv: the process ends with this one. Null where there is none. */
  readonly setpriv: string | null;
  readonly onChange: () => void;
}

export class ContainerRunner {
  readonly #options: ContainerRunnerOptions;
  readonly #supervisor: AgentSupervisor;
  readonly #ended = new AbortController();
  #since = '';
  #startup: ProbeState = UNPROBED;
  #liveness: ProbeState = UNPROBED;
  #readiness: ProbeState = UNPROBED;

  constructor(options: ContainerRunnerOptions) {
    const { container, process, folder, logFile, lastWordsFile, setpriv } = options;
    this.#options = options;
    const command = [process.file, ...process.args];
    this.#supervisor = new AgentSupervisor({
      member: container.name,
      command:
        setpriv === null
          ? { file: process.file, args: process.args }
          : { file: setpriv, args: ['--pdeathsig', 'KILL', ...command] },
      env: process.env,
      directory: folder,
      logFile,
      fatalFile: lastWordsFile,
      onChange: (state) => this.#changed(state),
    });
  }

  start(): void {
    this.#supervisor.start();
    const { startupProbe, livenessProbe, readinessProbe } = this.#options.container;
    void this.#probe(startupProbe, (success, probe) => {
      this.#startup = probed(this.#startup, success, probe);
      if (this.#startup.verdict === false) this.#supervisor.restart();
    });
    void this.#probe(livenessProbe, (success, probe) => {
      if (!this.#isStarted) return;
      this.#liveness = probed(this.#liveness, success, probe);
      if (this.#liveness.verdict === false) this.#supervisor.restart();
    });
    void this.#probe(readinessProbe, (success, probe) => {
      if (this.#isStarted) this.#readiness = probed(this.#readiness, success, probe);
    });
  }

  get processState(): AgentState {
    return this.#supervisor.state;
  }

  view(): ContainerView {
    const { container } = this.#options;
    const { name, image, readinessProbe } = container;
    const state = this.#supervisor.state;
    const isRunning = state.phase === 'running';
    const isReady = readinessProbe === undefined || this.#readiness.verdict === true;
    return {
      name,
      image,
      state: isRunning
        ? { phase: 'running', pid: state.pid, since: this.#since }
        : { phase: 'waiting', ...whyWaiting(state) },
      restarts: state.phase === 'stopped' ? 0 : state.restarts,
      started: isRunning && this.#isStarted,
      ready: isRunning && this.#isStarted && isReady,
    };
  }

  async stop(graceMs: number, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
    this.#ended.abort();
    await this.#supervisor.stop(graceMs, signal);
  }

  kill(): void {
    this.#ended.abort();
    this.#supervisor.kill();
  }

  get #isStarted(): boolean {
    return this.#options.container.startupProbe === undefined || this.#startup.verdict === true;
  }

  #changed(state: AgentState): void {
    if (state.phase === 'running') this.#since = new Date().toISOString();
    [this.#startup, this.#liveness, this.#readiness] = [UNPROBED, UNPROBED, UNPROBED];
    this.#options.onChange();
  }

  async #probe(
    probe: HttpProbe | undefined,
    answered: (success: boolean, probe: HttpProbe) => void,
  ): Promise<void> {
    const { signal } = this.#ended;
    const { container, podIp, onChange } = this.#options;
    if (probe === undefined) return;
    while (!signal.aborted) {
      await pause((probe.periodSeconds ?? 10) * 1_000, signal);
      if (signal.aborted || this.#supervisor.state.phase !== 'running') continue;
      answered(await ask(probe, container, podIp, signal), probe);
      onChange();
    }
  }
}

function whyWaiting(state: AgentState): { readonly reason: string; readonly message: string } {
  return state.phase === 'waiting' || state.phase === 'failed'
    ? { reason: 'CrashLoopBackOff', message: state.why }
    : { reason: 'ContainerCreating', message: '' };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
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
