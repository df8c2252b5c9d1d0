/** Runs every pod of the API as processes of this machine, and writes what becomes of them into their status. */
import { rm } from 'node:fs/promises';
import {
  isNotFound,
  type KubeClient,
  type KubeObject,
  keyOf,
  nameOfKey,
  Reflector,
} from '@radondb/controller/runtime/index';
import { CONFIG_MAPS, PODS, SECRETS } from '@radondb/controller/runtime/resources';
import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';
import type { PodAddresses } from './addresses.ts';
import { PodRunner } from './pod-runner.ts';
import { podSpecOf } from './pod-spec.ts';

export interface KubeletOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly folders: PodFolders;
  readonly addresses: PodAddresses;
  readonly imageRoot: (image: string) => string;
  /** What a pod of this machine needs in its environment. */
  readonly extraEnv: (pod: KubeObject) => Promise<Readonly<Record<string, string>>>;
  readonly setpriv: string | null;
}

/** Where the files of pods are. */
export interface PodFolders {
  /** Of this very pod: gone with it. */
  pod(pod: KubeObject): string;
  /** Stays. */
  claim(namespace: string, claim: string): string;
  log(pod: KubeObject, container: string): string;
  /** Where a container leaves a word before it ends that starting it again is no use. */
  lastWords(pod: KubeObject, container: string): string;
}

const ROLE_LABEL = 'radondb.com/role';
const MANAGER = 'kubelet';
const CALL_MS = 10_000;

export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #runners = new Map<string, PodRunner>();
  /** Of a name that is taken again: the next pod begins when nothing of the one before runs. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #written = new Map<string, string>();
  readonly #dirty = new Set<string>();
  readonly #end = new AbortController();
  #stopping = false;

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  start(): void {
    const { client, logger } = this.#options;
    const project = (object: KubeObject): KubeObject => object;
    const pods = new Reflector({ client, resource: PODS, project, logger });
    pods.onEvent(({ type, key, object }) => {
      if (type === 'deleted') this.#deleted(key, object);
      else this.#seen(key, object);
    });
    void pods.run(this.#end.signal);
    for (const resource of [CONFIG_MAPS, SECRETS]) {
      const source = new Reflector({ client, resource, project: versionOnly, logger });
      source.onEvent(({ key }) => this.#refresh(nameOfKey(key).namespace));
      void source.run(this.#end.signal);
    }
  }

  runner(key: string): PodRunner | undefined {
    return this.#runners.get(key);
  }

  /** Everything ends: replicas first, so that no primary is moved to one that is about to go. */
  async stop(graceMs: { readonly replica: number; readonly primary: number }): Promise<void> {
    this.#stopping = true;
    const all = [...this.#runners.values()];
    const primaries = new Set(all.filter((it) => it.label(ROLE_LABEL) === 'primary'));
    await Promise.all(
      all.filter((it) => !primaries.has(it)).map((it) => it.stop(graceMs.replica, 'SIGINT')),
    );
    await Promise.all([...primaries].map((it) => it.stop(graceMs.primary, 'SIGINT')));
    this.#end.abort();
  }

  kill(): void {
    this.#stopping = true;
    this.#end.abort();
    for (const runner of this.#runners.values()) runner.kill();
  }

  #seen(key: string, pod: KubeObject): void {
    if (this.#stopping) return;
    const known = this.#runners.get(key);
    if (known !== undefined && known.uid === pod.metadata.uid) {
      known.update(pod);
      if (pod.metadata.deletionTimestamp !== undefined) this.#retire(key, known, pod);
      return;
    }
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#forget(pod);
      return;
    }
    const runner = this.#make(key, pod);
    this.#runners.set(key, runner);
    this.#inTurn(key, async () => {
      if (this.#stopping || this.#runners.get(key) !== runner) return;
      await this.#options.addresses.kept();
      runner.start();
    });
  }

  #make(key: string, pod: KubeObject): PodRunner {
    const { client, folders, addresses, imageRoot, extraEnv, setpriv } = this.#options;
    const { namespace = '' } = pod.metadata;
    return new PodRunner(pod, {
      client,
      podIp: addresses.of(key),
      folders: {
        podFolder: folders.pod(pod),
        claimFolder: (claim) => folders.claim(namespace, claim),
      },
      logFile: (container) => folders.log(pod, container),
      lastWordsFile: (container) => folders.lastWords(pod, container),
      imageRoot,
      extraEnv: () => extraEnv(pod),
      setpriv,
      onChange: () => this.#changed(key),
    });
  }

  /** The API waits for us: the object goes when nothing of the pod runs. */
  #retire(key: string, runner: PodRunner, pod: KubeObject): void {
    this.#endRunner(key, runner, pod, () => this.#forget(pod));
  }

  /** Deleted without waiting for us. */
  #deleted(key: string, pod: KubeObject): void {
    const runner = this.#runners.get(key);
    if (runner?.uid === pod.metadata.uid) this.#endRunner(key, runner, pod, () => {});
  }

  #endRunner(key: string, runner: PodRunner, pod: KubeObject, then: () => void): void {
    if (runner.ending) return;
    runner.ending = true;
    const { metadata } = pod;
    const asked = (metadata as { readonly deletionGracePeriodSeconds?: number })
      .deletionGracePeriodSeconds;
    const seconds = asked ?? podSpecOf(pod).terminationGracePeriodSeconds ?? 30;
    this.#inTurn(key, async () => {
      await runner.stop(seconds * 1_000, 'SIGTERM');
      if (this.#runners.get(key) === runner) this.#runners.delete(key);
      await rm(runner.folder, { recursive: true, force: true });
      then();
    });
  }

  #forget(pod: KubeObject): void {
    const { client, logger } = this.#options;
    const { uid } = pod.metadata;
    client
      .delete(PODS, pod.metadata, {
        preconditions: { uid },
        gracePeriodSeconds: 0,
        signal: this.#end.signal,
        timeoutMs: CALL_MS,
      })
      .catch((error: unknown) => {
        if (!isNotFound(error) && !this.#end.signal.aborted)
          logger.warn({ pod: keyOf(pod.metadata), reason: messageOf(error) }, 'pod not removed');
      });
  }

  #inTurn(key: string, work: () => Promise<void>): void {
    const { logger } = this.#options;
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      logger.error({ pod: key, reason: messageOf(error) }, 'pod: step failed');
    });
    this.#turns.set(key, turn);
  }

  #refresh(namespace: string | undefined): void {
    for (const [key, runner] of this.#runners) {
      if (nameOfKey(key).namespace !== namespace) continue;
      runner.refresh().catch((error: unknown) => {
        if (!this.#end.signal.aborted)
          this.#options.logger.warn({ pod: key, reason: messageOf(error) }, 'volumes are old');
      });
    }
  }

  /** Many changes at once are one write. */
  #changed(key: string): void {
    if (this.#dirty.has(key)) return;
    this.#dirty.add(key);
    setImmediate(() => {
      this.#dirty.delete(key);
      void this.#writeStatus(key);
    });
  }

  async #writeStatus(key: string): Promise<void> {
    const runner = this.#runners.get(key);
    if (runner === undefined || this.#end.signal.aborted) return;
    const status = runner.status();
    const text = `${runner.uid} ${JSON.stringify(status)}`;
    if (this.#written.get(key) === text) return;
    this.#written.set(key, text);
    try {
      const patch = { type: 'merge', value: { status } } as const;
      await this.#options.client.patch(PODS, nameOfKey(key), patch, {
        subresource: 'status',
        fieldManager: MANAGER,
        preconditions: { uid: runner.uid },
        signal: this.#end.signal,
        timeoutMs: CALL_MS,
      });
    } catch (error) {
      if (this.#end.signal.aborted || isNotFound(error)) return;
      this.#written.delete(key);
      this.#options.logger.warn({ pod: key, reason: messageOf(error) }, 'status not written');
      setTimeout(() => this.#changed(key), 1_000).unref();
    }
  }
}

/** Their content is read when a volume is made: nothing of it is kept here. */
function versionOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, uid, resourceVersion, namespace } = metadata;
  const place = namespace === undefined ? {} : { namespace };
  return { apiVersion, kind, metadata: { name, uid, resourceVersion, ...place } };
}
