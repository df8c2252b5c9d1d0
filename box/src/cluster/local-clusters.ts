/** Follows the MysqlClusters of the API and keeps a LocalCluster for each. */
import { mkdir } from 'node:fs/promises';
import {
  CLUSTER_LABEL,
  configMapName,
  credentialsSecretName,
  type MysqlCluster,
  tlsSecretName,
} from '@radondb/api';
import { CLUSTER_CONFIG_FILE, parseClusterConfig } from '@radondb/api/cluster-config';
import { authoritySecretName } from '@radondb/controller/desired/secrets';
import {
  type KubeClient,
  type KubeObject,
  keyOf,
  Reflector,
} from '@radondb/controller/runtime/index';
import { CONFIG_MAPS, MYSQL_CLUSTERS, SECRETS } from '@radondb/controller/runtime/resources';
import type { Logger } from 'pino';
import { type BoxLayout, type ClusterLayout, clusterLayout } from '../data-folder/layout.ts';
import { messageOf } from '../errors.ts';
import type { AgentState } from '../kubelet/agent-supervisor.ts';
import { pickedPorts } from '../ports/cluster-ports.ts';
import { pickClusterPorts } from '../ports/port-plan.ts';
import { localName } from './cluster-folders.ts';
import { keepClusterSecrets, readClusterSecrets } from './cluster-secrets.ts';
import { type LocalCluster, openLocalCluster } from './local-cluster.ts';
import { type LocalState, newLocalState, readLocalState, writeLocalState } from './local-state.ts';

const RETRY_MS = 1_000;

export interface LocalClustersOptions {
  readonly client: KubeClient;
  readonly layout: BoxLayout;
  readonly log: Logger;
  /** Address of a pod. */
  readonly addressOf: (pod: { readonly namespace: string; readonly name: string }) => string;
  readonly agent: (pod: { readonly namespace: string; readonly name: string }) => AgentState;
  readonly onChange: () => void;
}

export class LocalClusters {
  readonly #options: LocalClustersOptions;
  readonly #end = new AbortController();
  readonly #clusters: Reflector<KubeObject>;
  readonly #secrets: Reflector<KubeObject>;
  readonly #configMaps: Reflector<KubeObject>;
  readonly #open = new Map<string, LocalCluster>();
  /** One step of a cluster after the other. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(options: LocalClustersOptions) {
    this.#options = options;
    const { client, log: logger } = options;
    const project = (object: KubeObject): KubeObject => object;
    const selection = { labelSelector: CLUSTER_LABEL };
    this.#clusters = new Reflector({ client, resource: MYSQL_CLUSTERS, project, logger });
    this.#secrets = new Reflector({ client, resource: SECRETS, selection, project, logger });
    this.#configMaps = new Reflector({ client, resource: CONFIG_MAPS, selection, project, logger });
  }

  start(): void {
    this.#clusters.onEvent(({ object }) => this.#look(keyOf(object.metadata)));
    for (const source of [this.#secrets, this.#configMaps]) {
      source.onEvent(({ object: { metadata } }) => {
        const name = metadata.labels?.[CLUSTER_LABEL] ?? '';
        this.#look(keyOf({ ...metadata, name }));
      });
    }
    for (const source of [this.#clusters, this.#secrets, this.#configMaps])
      void source.run(this.#end.signal);
  }

  /** By the name under which commands know it. */
  get(name: string): LocalCluster | undefined {
    return this.#open.get(name);
  }

  get all(): readonly (readonly [string, LocalCluster])[] {
    return [...this.#open].toSorted(([a], [b]) => a.localeCompare(b));
  }

  async close(): Promise<void> {
    this.#end.abort(new Error('the box stops'));
    await Promise.all(this.#turns.values());
    await Promise.all([...this.#open.values()].map((it) => it.close()));
    this.#open.clear();
  }

  #look(key: string): void {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const turn = before.then(async () => {
      if (this.#end.signal.aborted) return;
      try {
        await this.#step(key);
      } catch (error) {
        this.#options.log.warn({ cluster: key, reason: messageOf(error) }, 'no endpoints yet');
        setTimeout(() => this.#look(key), RETRY_MS).unref();
      }
    });
    this.#turns.set(key, turn);
  }

  async #step(key: string): Promise<void> {
    const object = this.#clusters.store.get(key);
    const name = localName(nameOf(key));
    const open = this.#open.get(name);
    if (object === undefined) {
      this.#open.delete(name);
      await open?.close();
      this.#options.onChange();
      return;
    }
    const cluster = object as unknown as MysqlCluster;
    const found = this.#found(object);
    if (found === null) return;
    const { layout, log, agent, addressOf } = this.#options;
    const { namespace = 'default' } = object.metadata;
    const files = clusterLayout(layout, name);
    const state = await this.#keepState(files, found.members);
    const tls = await keepClusterSecrets(files, found.secrets, state.ports.primary);
    if (open !== undefined) {
      open.update(cluster);
      return;
    }
    const opened = await openLocalCluster({
      cluster,
      members: found.members.map((it) => ({ name: it, host: addressOf({ namespace, name: it }) })),
      state,
      files,
      tls,
      agent: (member) => agent({ namespace, name: member }),
      log,
      onChange: this.#options.onChange,
    });
    this.#open.set(name, opened);
    this.#options.onChange();
  }

  #found({ metadata }: KubeObject) {
    const { name, namespace } = metadata;
    const at = (source: Reflector<KubeObject>, of: string): KubeObject | undefined =>
      source.store.get(keyOf({ ...(namespace === undefined ? {} : { namespace }), name: of }));
    const secrets = readClusterSecrets({
      credentials: at(this.#secrets, credentialsSecretName(name)),
      authority: at(this.#secrets, authoritySecretName(name)),
      tls: at(this.#secrets, tlsSecretName(name)),
    });
    const data = at(this.#configMaps, configMapName(name))?.['data'];
    const text = (data as Readonly<Record<string, string>> | undefined)?.[CLUSTER_CONFIG_FILE];
    if (secrets === null || text === undefined) return null;
    const config = parseClusterConfig(JSON.parse(text));
    return { secrets, members: config.members.map((it) => it.name) };
  }

  async #keepState(files: ClusterLayout, members: readonly string[]): Promise<LocalState> {
    const kept = await readLocalState(files.stateFile);
    if (kept !== null) return kept;
    const ports = await pickClusterPorts(members, await pickedPorts(this.#options.layout));
    const state = newLocalState(members, ports);
    await mkdir(files.root, { recursive: true, mode: 0o700 });
    await writeLocalState(files.stateFile, state);
    return state;
  }
}

function nameOf(key: string): { readonly namespace?: string; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
