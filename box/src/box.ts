import type { EventLog } from '@radondb/agent/proxy/event-log';
import type { MysqlCluster } from '@radondb/api';
import { checkApplied } from './cluster/applied.ts';
import { type ClusterRuntime, startCluster } from './cluster/cluster-runtime.ts';
import type { ClusterView } from './cluster/cluster-view.ts';
import { keepClusterState, type Surroundings } from './cluster/prepare.ts';
import { type BoxInfo, type ControlServer, serveControl } from './control/server.ts';
import type { BoxLayout } from './data-folder/layout.ts';
import { type Lock, takeLock } from './data-folder/lock.ts';
import { openDataFolder } from './data-folder/open.ts';
import { requireSpace } from './data-folder/space.ts';
import { MachineError, messageOf, NotFoundError } from './errors.ts';
import { bundleAgent } from './kubelet/agent-bundle.ts';
import { agentSource } from './kubelet/agent-command.ts';
import { createBoxLog } from './log.ts';
import { serveKeptPage } from './page/kept-port.ts';
import type { StatusPage } from './page/server.ts';
import { openPki } from './pki/pki.ts';
import { pickedPorts, requireClusterPorts } from './ports/cluster-ports.ts';
import { endOrphans } from './processes/orphans.ts';
import { findTools, type ToolProgress, type Tools } from './tools.ts';

export interface BoxOptions {
  readonly dataFolder: string;
  /** What should run; complete, as validated. */
  readonly clusters: readonly MysqlCluster[];
  readonly env: NodeJS.ProcessEnv;
  /** How the box was started, for people who find the data folder held. */
  readonly command: string;
  /** Ends the start. A box that has started is ended by `stop`. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ToolProgress) => void;
  readonly onChange: () => void;
  /** Somebody asked through the control API that everything be stopped. */
  readonly onDown: () => void;
  /** The agent's program; default: the one of this workspace, bundled. */
  readonly agentEntryPoint?: string;
  /** Default: looked for on this machine, MySQL fetched where it is missing. */
  readonly tools?: Tools;
}

/** The clusters of one data folder, running. */
export interface Box {
  readonly layout: BoxLayout;
  readonly page: string | null;
  views(): readonly ClusterView[];
  stop(): Promise<void>;
  kill(): void;
}

/**
 * Starts the clusters: takes the data folder, ends what an earlier run left, finds MySQL, starts the
 * agents. Whatever fails, nothing is left running and the folder is free again.
 *
 * @throws BoxError, and ToolMissingError when there is no MySQL
 */
export async function startBox(options: BoxOptions): Promise<Box> {
  if (process.platform !== 'linux') {
    throw new MachineError(
      `Clusters run on Linux (x64, arm64) only, not on ${process.platform}: use a Linux machine, a container or WSL 2`,
    );
  }
  const layout = await openDataFolder(options.dataFolder);
  const lock = await takeLock(layout, options.command);
  const box = new RunningBox(layout, lock, options);
  try {
    await box.start();
    return box;
  } catch (error) {
    await box.stop();
    throw error;
  }
}

class RunningBox implements Box {
  readonly layout: BoxLayout;
  readonly #lock: Lock;
  readonly #options: BoxOptions;
  readonly #log: EventLog;
  readonly #runtimes = new Map<string, ClusterRuntime>();
  #control: ControlServer | null = null;
  #page: StatusPage | null = null;
  #phase: BoxInfo['phase'] = 'starting';

  constructor(layout: BoxLayout, lock: Lock, options: BoxOptions) {
    this.layout = layout;
    this.#lock = lock;
    this.#options = options;
    this.#log = createBoxLog(layout.boxLog);
  }

  get page(): string | null {
    return this.#page?.url ?? null;
  }

  async start(): Promise<void> {
    const { layout } = this;
    const { clusters, signal, env, onProgress } = this.#options;
    const ended = await endOrphans(layout.clusters);
    if (ended.length > 0) {
      const pids = ended.map(({ pid }) => pid);
      this.#log.warn({ pids }, 'processes of an earlier run were ended');
    }
    const applied = await checkApplied(layout, clusters);
    await requireSpace(layout.root, applied.newMembers);
    this.#control = await serveControl(layout, {
      info: () => this.#info(),
      clusters: () => this.views().map((view) => view.cluster),
      views: () => this.views(),
      switchover: (name, order) => this.#runtime(name).switchover(order),
      down: this.#options.onDown,
    });
    const tools = this.#options.tools ?? (await findTools({ env, signal, onProgress }));
    signal.throwIfAborted();
    const surroundings = { ...tools, layout, pki: await openPki(layout.pki) };
    this.#page = await serveKeptPage(layout, () => this.views());
    await this.#startClusters(surroundings);
    this.#phase = 'running';
    this.#options.onChange();
  }

  views(): readonly ClusterView[] {
    return [...this.#runtimes.values()].map((runtime) => runtime.view());
  }

  async stop(): Promise<void> {
    this.#phase = 'stopping';
    await Promise.all([...this.#runtimes.values()].map((runtime) => runtime.stop()));
    this.#page?.close();
    await this.#control?.close();
    await this.#lock.release();
  }

  kill(): void {
    for (const runtime of this.#runtimes.values()) runtime.kill();
  }

  async #startClusters(surroundings: Surroundings): Promise<void> {
    const { clusters, env, signal } = this.#options;
    const taken = await pickedPorts(this.layout);
    const agentEntryPoint = this.#options.agentEntryPoint ?? (await this.#agentProgram());
    for (const cluster of clusters) {
      const state = await keepClusterState(this.layout, cluster, taken);
      await requireClusterPorts(cluster.metadata.name, state);
      signal.throwIfAborted();
      const runtime = await startCluster({
        ...surroundings,
        cluster,
        state,
        env,
        log: this.#log,
        onChange: () => this.#changed(),
        agentEntryPoint,
      });
      this.#runtimes.set(cluster.metadata.name, runtime);
    }
  }

  async #agentProgram(): Promise<string> {
    const source = agentSource();
    return await bundleAgent(source, this.layout.agentProgram).catch((error: unknown) => {
      // The source does as well, only slower and larger.
      this.#log.warn({ reason: messageOf(error) }, 'the agent cannot be bundled');
      return source;
    });
  }

  #changed(): void {
    this.#page?.update();
    this.#options.onChange();
  }

  #runtime(name: string): ClusterRuntime {
    const found = this.#runtimes.get(name);
    if (found !== undefined) return found;
    const names = [...this.#runtimes.keys()].join(', ');
    throw new NotFoundError(`There is no cluster ${name} here: ${names || 'none is running yet'}`);
  }

  #info(): BoxInfo {
    const clusters = this.#options.clusters.map((it) => it.metadata.name);
    return { pid: process.pid, phase: this.#phase, page: this.page, clusters };
  }
}
