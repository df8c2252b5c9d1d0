/** One pod from the moment that this kubelet takes it to the moment that nothing of it runs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { KubeClient, KubeObject } from '@radondb/controller/runtime/index';
import { messageOf } from '../errors.ts';
import type { AgentState } from '../kubelet/agent-supervisor.ts';
import {
  type ContainerProcess,
  containerProcess,
  UnsupportedPodError,
} from './container-process.ts';
import { ContainerRunner } from './container-runner.ts';
import { type Container, podSpecOf } from './pod-spec.ts';
import { type ContainerView, podStatus, waitingContainers } from './pod-status.ts';
import { prepareVolumes, refreshVolumes, type VolumeFolders } from './volumes.ts';

const RETRY_MS = 500;
const INIT_DEADLINE_MS = 120_000;
const run = promisify(execFile);

export interface PodRunnerOptions {
  readonly client: KubeClient;
  readonly podIp: string;
  readonly folders: VolumeFolders;
  readonly logFile: (container: string) => string;
  readonly lastWordsFile: (container: string) => string;
  /** Image → the folder that stands for its root. @throws UnsupportedPodError for an image that is not there */
  readonly imageRoot: (image: string) => string;
  /** What the pod needs in its environment on this machine. */
  readonly extraEnv: () => Promise<Readonly<Record<string, string>>>;
  readonly setpriv: string | null;
  /** Called when `status()` may have changed. */
  readonly onChange: () => void;
}

export class PodRunner {
  readonly #options: PodRunnerOptions;
  readonly #end = new AbortController();
  readonly #startTime = new Date().toISOString();
  #pod: KubeObject;
  #containers: readonly ContainerRunner[] = [];
  #waiting: { readonly reason: string; readonly message: string } = {
    reason: 'ContainerCreating',
    message: '',
  };
  #starting: Promise<void> = Promise.resolve();
  /** Set once by the kubelet: nothing is begun twice. */
  ending = false;

  constructor(pod: KubeObject, options: PodRunnerOptions) {
    this.#pod = pod;
    this.#options = options;
  }

  get uid(): string {
    return this.#pod.metadata.uid;
  }

  /** Gone with the pod. */
  get folder(): string {
    return this.#options.folders.podFolder;
  }

  label(name: string): string | undefined {
    return this.#pod.metadata.labels?.[name];
  }

  start(): void {
    this.#starting = this.#startWhenPossible();
  }

  /** The object has changed. */
  update(pod: KubeObject): void {
    this.#pod = pod;
  }

  /** A ConfigMap or Secret may have changed. */
  async refresh(): Promise<void> {
    const { client, folders } = this.#options;
    if (this.#containers.length > 0)
      await refreshVolumes(this.#pod, folders, { client, signal: this.#end.signal });
  }

  status() {
    const started = this.#containers.length > 0;
    const { reason, message } = this.#waiting;
    return podStatus(this.#pod, {
      podIp: this.#options.podIp,
      startTime: this.#startTime,
      initialized: started,
      containers: started ? this.views() : waitingContainers(this.#pod, reason, message),
      at: new Date().toISOString(),
    });
  }

  views(): readonly ContainerView[] {
    return this.#containers.map((it) => it.view());
  }

  /** Of its first container: what is known of the process. */
  get processState(): AgentState {
    const [first] = this.#containers;
    return first?.processState ?? { phase: 'waiting', why: this.#waiting.message, restarts: 0 };
  }

  /** Resolves when nothing of the pod runs. `SIGINT`: everything ends; `SIGTERM`: only this pod. */
  async stop(graceMs: number, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
    this.#end.abort();
    await this.#starting;
    await Promise.all(this.#containers.map((it) => it.stop(graceMs, signal)));
  }

  kill(): void {
    this.#end.abort();
    for (const container of this.#containers) container.kill();
  }

  async #startWhenPossible(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        this.#containers = await this.#make();
        if (signal.aborted) return;
        for (const container of this.#containers) container.start();
        this.#options.onChange();
        return;
      } catch (error) {
        if (signal.aborted) return;
        const reason =
          error instanceof UnsupportedPodError ? 'CreateContainerError' : 'ContainerCreating';
        this.#wait(reason, messageOf(error));
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #make(): Promise<readonly ContainerRunner[]> {
    const { client, folders, podIp, setpriv, logFile, lastWordsFile, onChange } = this.#options;
    const { signal } = this.#end;
    const volumes = await prepareVolumes(this.#pod, folders, { client, signal });
    const extraEnv = await this.#options.extraEnv();
    const { initContainers = [], containers } = podSpecOf(this.#pod);
    for (const container of initContainers)
      await this.#runInit(this.#processOf(container, volumes, extraEnv), container.name);
    return containers.map(
      (container) =>
        new ContainerRunner({
          container,
          process: this.#processOf(container, volumes, extraEnv),
          podIp,
          folder: folders.podFolder,
          logFile: logFile(container.name),
          lastWordsFile: lastWordsFile(container.name),
          setpriv,
          onChange,
        }),
    );
  }

  async #runInit({ file, args, env }: ContainerProcess, name: string): Promise<void> {
    try {
      await run(file, [...args], {
        cwd: this.#options.folders.podFolder,
        env: { ...env },
        timeout: INIT_DEADLINE_MS,
        signal: this.#end.signal,
      });
    } catch (cause) {
      throw new Error(`init container ${name}: ${messageOf(cause)}`, { cause });
    }
  }

  #processOf(
    container: Container,
    volumes: ReadonlyMap<string, string>,
    extraEnv: Readonly<Record<string, string>>,
  ): ContainerProcess {
    const { imageRoot, podIp } = this.#options;
    return containerProcess(container, {
      pod: this.#pod,
      podIp,
      volumes,
      imageRoot: imageRoot(container.image),
      extraEnv,
    });
  }

  #wait(reason: string, message: string): void {
    if (this.#waiting.message === message) return;
    this.#waiting = { reason, message };
    this.#options.onChange();
  }
}
