import type { MysqlCluster, SwitchoverRequest } from '@radondb/api';
import { ApiError, type KubeClient, type ObjectToWrite } from '@radondb/controller/runtime/index';
import { MYSQL_CLUSTERS } from '@radondb/controller/runtime/resources';
import type { Logger } from 'pino';
import { checkApplied, keepAppliedSpec } from './cluster/applied.ts';
import type { ClusterView } from './cluster/cluster-view.ts';
import type { LocalCluster } from './cluster/local-cluster.ts';
import { LocalClusters } from './cluster/local-clusters.ts';
import { type BoxInfo, type ControlServer, serveControl } from './control/server.ts';
import { clientOf } from './control-plane/connection.ts';
import { keepApiPort, keptApiPort } from './control-plane/kept-port.ts';
import { ControlPlaneProcess } from './control-plane/supervise.ts';
import type { BoxLayout } from './data-folder/layout.ts';
import { type Lock, takeLock } from './data-folder/lock.ts';
import { openDataFolder } from './data-folder/open.ts';
import { requireSpace } from './data-folder/space.ts';
import { MachineError, messageOf, NotFoundError, SpecRefusedError } from './errors.ts';
import { readText } from './files/read-json.ts';
import { writeFileAtomic } from './files/write-file-atomic.ts';
import { createBoxLog } from './log.ts';
import { startMachine } from './machine.ts';
import { serveKeptPage } from './page/kept-port.ts';
import type { StatusPage } from './page/server.ts';
import { PodAddresses } from './pods/addresses.ts';
import type { RunningNode } from './pods/run-node.ts';
import { requireKeptPorts } from './ports/cluster-ports.ts';
import { endOrphans } from './processes/orphans.ts';
import { preparePrograms } from './programs.ts';
import { findTools, type ToolProgress, type Tools } from './tools.ts';

const STOP_WITHIN_MS = { replica: 15_000, primary: 20_000 };
/** Fields that stand in the file of `radondb up` are its. */
const FIELD_MANAGER = 'radondb-up';
const APPLY_WITHIN_MS = 30_000;

export interface BoxOptions {
  readonly dataFolder: string;
  /** What should run, as validated. */
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
  /** The agent's program; default: the one of this workspace. */
  readonly agentEntryPoint?: string;
  /** Default: looked for on this machine, MySQL fetched where it is missing. */
  readonly tools?: Tools;
}

/** The Kubernetes of one data folder, and its clusters, running. */
export interface Box {
  readonly layout: BoxLayout;
  readonly page: string | null;
  views(): readonly ClusterView[];
  stop(): Promise<void>;
  kill(): void;
}

/**
 * Starts the Kubernetes API and this machine as its node, and applies the clusters: takes the data folder, ends what an earlier run
 * left, finds MySQL. Whatever fails, nothing is left running and the folder is free again.
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
  readonly #log: Logger;
  #control: ControlServer | null = null;
  #page: StatusPage | null = null;
  #controlPlane: ControlPlaneProcess | null = null;
  #closeClient = (): void => {};
  #node: RunningNode | null = null;
  #clusters: LocalClusters | null = null;
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
    const ended = await endOrphans(layout.root);
    if (ended.length > 0) {
      const pids = ended.map(({ pid }) => pid);
      this.#log.warn({ pids }, 'processes of an earlier run were ended');
    }
    const applied = await checkApplied(layout, clusters);
    await requireSpace(layout.root, applied.newMembers);
    await requireKeptPorts(layout);
    this.#control = await serveControl(layout, {
      info: () => this.#info(),
      clusters: () => this.views().map((view) => view.cluster),
      views: () => this.views(),
      switchover: (name, order) => this.#switchover(name, order),
      down: this.#options.onDown,
    });
    const [tools, programs, addresses] = await Promise.all([
      this.#options.tools ?? findTools({ env, signal, onProgress }),
      preparePrograms(layout.programs, this.#log, this.#options.agentEntryPoint),
      PodAddresses.open(layout.addressesFile),
    ]);
    await addresses.kept();
    signal.throwIfAborted();
    const { process: controlPlane, api } = await ControlPlaneProcess.start({
      program: programs.controlPlane,
      dataDir: layout.api,
      logFile: layout.controlPlaneLog,
      port: await keptApiPort(layout),
      serviceNetwork: addresses.services,
      ...{ setpriv: tools.setpriv, env, logger: this.#log, signal },
    });
    this.#controlPlane = controlPlane;
    await keepApiPort(layout, api);
    const kubeconfig = (await readText(api.kubeconfigPath)) ?? '';
    await writeFileAtomic(layout.kubeconfig, kubeconfig, { mode: 0o600 });
    const { client, close } = clientOf(api);
    this.#closeClient = close;
    this.#page = await serveKeptPage(layout, () => this.views());
    for (const cluster of applied.changed) await this.#apply(client, cluster);
    await this.#run(client, { api, addresses, tools, programs });
    this.#phase = 'running';
    this.#options.onChange();
  }

  views(): readonly ClusterView[] {
    return (this.#clusters?.all ?? []).map(([, cluster]) => cluster.view());
  }

  async stop(): Promise<void> {
    this.#phase = 'stopping';
    await this.#clusters?.close();
    await this.#node?.stop(STOP_WITHIN_MS);
    this.#closeClient();
    await this.#controlPlane?.stop();
    this.#page?.close();
    await this.#control?.close();
    await this.#lock.release();
  }

  kill(): void {
    this.#node?.kill();
    this.#controlPlane?.kill();
  }

  async #run(
    client: KubeClient,
    parts: Omit<Parameters<typeof startMachine>[0], 'layout' | 'client' | 'env' | 'log'>,
  ): Promise<void> {
    const { layout } = this;
    const node = await startMachine({
      ...parts,
      ...{ layout, client, env: this.#options.env, log: this.#log },
    });
    this.#node = node;
    this.#clusters = new LocalClusters({
      ...{ client, layout, log: this.#log },
      addressOf: ({ namespace, name }) => parts.addresses.of(`${namespace}/${name}`),
      agent: ({ namespace, name }) =>
        node.kubelet.runner(`${namespace}/${name}`)?.processState ?? { phase: 'stopped' },
      onChange: () => this.#changed(),
    });
    this.#clusters.start();
  }

  /** @throws SpecRefusedError in the words of the API */
  async #apply(client: KubeClient, cluster: MysqlCluster): Promise<void> {
    const { metadata } = cluster;
    const object = {
      ...cluster,
      metadata: { namespace: 'default', ...metadata },
    } as unknown as ObjectToWrite;
    try {
      await client.apply(MYSQL_CLUSTERS, object, {
        ...{ fieldManager: FIELD_MANAGER, force: true, timeoutMs: APPLY_WITHIN_MS },
        signal: this.#options.signal,
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code >= 500) throw error;
      throw new SpecRefusedError(`${metadata.name}: ${messageOf(error)}. Nothing was changed.`, {
        cause: error,
      });
    }
    await keepAppliedSpec(this.layout, cluster);
  }

  #changed(): void {
    this.#page?.update();
    this.#options.onChange();
  }

  #switchover(name: string, order: SwitchoverRequest): ReturnType<LocalCluster['switchover']> {
    const found = this.#clusters?.get(name);
    if (found !== undefined) return found.switchover(order);
    const names = (this.#clusters?.all ?? []).map(([it]) => it).join(', ');
    throw new NotFoundError(`There is no cluster ${name} here: ${names || 'none is running yet'}`);
  }

  #info(): BoxInfo {
    const known = (this.#clusters?.all ?? []).map(([name]) => name);
    const clusters = this.#options.clusters.map((it) => it.metadata.name);
    const names = [...new Set([...clusters, ...known])];
    return { pid: process.pid, phase: this.#phase, page: this.page, clusters: names };
  }
}
