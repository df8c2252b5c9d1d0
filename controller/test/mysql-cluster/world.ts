/**
 * A Kubernetes cluster in memory, as far as a MysqlCluster needs one: an API server, the StatefulSet controller, a kubelet and
 * agents that elect. Nothing happens by itself: `tick` moves it, in an order that the caller chooses.
 */
import type { MemberReport, SwitchoverAnswer, SwitchoverRequest } from '@radondb/api';
import type { ConfigureRequest } from '@radondb/api/agent-protocol/configure';
import { parseClusterConfig } from '@radondb/api/cluster-config';
import type { OperatorSettings } from '../../src/desired/model-of.ts';
import { REVISION_ANNOTATION } from '../../src/desired/pod-template.ts';
import { MemberError, type MemberTarget } from '../../src/members/member-client.ts';
import type { PlannedEvent } from '../../src/reconcilers/mysql-cluster/actions.ts';
import { type Observation, recordOf } from '../../src/reconcilers/mysql-cluster/observation.ts';
import { observe } from '../../src/reconcilers/mysql-cluster/observe.ts';
import { ApiError } from '../../src/runtime/kube/api-error.ts';
import type {
  KubeObject,
  ObjectName,
  ObjectToWrite,
  Resource,
} from '../../src/runtime/kube-object.ts';
import type { KubeWriter } from '../../src/runtime/ports.ts';
import {
  CONFIG_MAPS,
  MYSQL_CLUSTERS,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  STATEFUL_SETS,
} from '../../src/runtime/resources.ts';

export const OPERATOR: OperatorSettings = {
  image: 'radondb/operator:test',
  namespace: 'radondb-system',
  mysqlImages: { '9.7': 'mysql:9.7', '8.4': 'mysql:8.4' },
};
export const START_MS = 1_800_000_000_000;
const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

type Json = Record<string, unknown>;
interface Mutable extends Json {
  apiVersion: string;
  kind: string;
  metadata: Json & { name: string; uid: string; resourceVersion: string };
}

export class World {
  nowMs = START_MS;
  readonly events: PlannedEvent[] = [];
  /** Every write, for tests that look at the order. */
  readonly writes: string[] = [];
  /** Called before a pod is deleted by the controller. */
  onDelete: (pod: string) => void = () => {};
  /** The agents' cluster log. */
  epoch = 0;
  primary: string | null = null;
  /** Members whose server does not start. */
  readonly broken = new Set<string>();
  switchoverRefused: string | null = null;
  settingsRefused: string | null = null;
  /** Member → revision of the settings that its server runs with. */
  readonly settings = new Map<string, string>();
  /** Member → revision of what its agent read when it started. */
  readonly started = new Map<string, string>();
  /** Pods that start next read this instead of the ConfigMap. */
  staleConfig: string | null = null;
  readonly #objects = new Map<string, Mutable>();
  readonly #applied = new Map<string, Json>();
  #version = 0;

  constructor(spec: Json = {}, uid = 'uid-of-the-cluster') {
    this.put(MYSQL_CLUSTERS, {
      apiVersion: 'radondb.com/v1',
      kind: 'MysqlCluster',
      metadata: { name: 'demo', namespace: 'shop', uid, generation: 1 },
      spec,
    });
  }

  // --- the API server

  read = (resource: Resource, { namespace, name }: ObjectName): KubeObject | undefined =>
    this.#objects.get(`${resource.kind}/${namespace}/${name}`) as KubeObject | undefined;

  get cluster(): KubeObject {
    return this.get(MYSQL_CLUSTERS, 'demo')!;
  }

  get(resource: Resource, name: string): KubeObject | undefined {
    return this.read(resource, { namespace: 'shop', name });
  }

  all(resource: Resource): readonly KubeObject[] {
    return [...this.#objects.values()].filter((it) => it.kind === resource.kind) as KubeObject[];
  }

  /** Stores an object as somebody else would. */
  put(resource: Resource, object: ObjectToWrite | Json): Mutable {
    const given = structuredClone(object) as Mutable;
    const key = `${resource.kind}/shop/${given.metadata.name}`;
    const before = this.#objects.get(key);
    this.#version += 1;
    const changed = JSON.stringify(before?.['spec']) !== JSON.stringify(given['spec']);
    const generation = Number(before?.metadata['generation'] ?? 0) + (changed ? 1 : 0);
    given.metadata = {
      ...given.metadata,
      namespace: 'shop',
      uid: before?.metadata.uid ?? given.metadata.uid ?? `uid-${this.#version}`,
      resourceVersion: String(this.#version),
      generation: Math.max(1, generation),
    };
    this.#objects.set(key, given);
    return given;
  }

  /** Changes an object as a person with kubectl would: a merge patch, null removes. */
  edit(resource: Resource, name: string, change: Json): void {
    this.put(resource, merge(this.get(resource, name), change) as Mutable);
  }

  spec(change: Json): void {
    this.edit(MYSQL_CLUSTERS, 'demo', { spec: change });
  }

  remove(resource: Resource, name: string): void {
    this.#objects.delete(`${resource.kind}/shop/${name}`);
  }

  readonly client: KubeWriter = {
    create: async (resource, object) => {
      this.writes.push(`create ${resource.kind} ${object.metadata.name}`);
      if (this.get(resource, object.metadata.name) !== undefined)
        throw new ApiError({ code: 409, reason: 'AlreadyExists', message: 'it exists' });
      return this.put(resource, object) as KubeObject;
    },
    replace: async (resource, object) => {
      this.writes.push(`replace ${resource.kind} ${object.metadata.name}`);
      const found = this.get(resource, object.metadata.name);
      if (found?.metadata.resourceVersion !== object.metadata.resourceVersion)
        throw new ApiError({ code: 409, reason: 'Conflict', message: 'it has changed' });
      return this.put(resource, object) as KubeObject;
    },
    apply: async (resource, object, options) => {
      const { name } = object.metadata;
      this.writes.push(`apply ${resource.kind} ${name}${options.subresource ? ' status' : ''}`);
      const key = `${resource.kind}/${name}/${options.fieldManager}`;
      const found = this.get(resource, name);
      if (resource === STATEFUL_SETS && found !== undefined) refuseImmutable(found, object);
      const kept = without(found ?? {}, this.#applied.get(key) ?? {}, object);
      this.#applied.set(key, structuredClone(object) as Json);
      return this.put(resource, merge(kept, object) as Mutable) as KubeObject;
    },
    patch: async (resource, { name }, patch, options) => {
      this.writes.push(`patch ${resource.kind} ${name}`);
      const found = this.get(resource, name);
      if (found === undefined || patch.type !== 'merge') throw notFound(name);
      if ((options.preconditions?.uid ?? found.metadata.uid) !== found.metadata.uid)
        throw new ApiError({ code: 409, reason: 'Conflict', message: 'another uid' });
      return this.put(resource, merge(found, patch.value as Json) as Mutable) as KubeObject;
    },
    delete: async (resource, { name }, options) => {
      this.writes.push(`delete ${resource.kind} ${name}`);
      const found = this.get(resource, name);
      if (found === undefined) throw notFound(name);
      if ((options.preconditions?.uid ?? found.metadata.uid) !== found.metadata.uid)
        throw new ApiError({ code: 409, reason: 'Conflict', message: 'another uid' });
      if (resource !== PODS) {
        this.remove(resource, name);
        return;
      }
      this.onDelete(name);
      this.edit(PODS, name, { metadata: { deletionTimestamp: 'now' } });
    },
  };

  // --- what moves it

  /** The parts that can take a step. */
  readonly parts = ['stateful-set', 'kubelet-stop', 'kubelet-start', 'agents'] as const;

  tick(part: (typeof this.parts)[number]): void {
    if (part === 'stateful-set') this.#statefulSet();
    else if (part === 'kubelet-stop') this.#stopPods();
    else if (part === 'kubelet-start') this.#startPods();
    else this.#elect();
  }

  /** Everything moves as far as it can. */
  settle(): void {
    for (let turn = 0; turn < 3; turn += 1) for (const part of this.parts) this.tick(part);
  }

  /** Members whose agent answers. */
  running(): readonly string[] {
    return this.all(PODS)
      .filter((pod) => pod.metadata.deletionTimestamp === undefined && isRunning(pod))
      .map((pod) => pod.metadata.name)
      .sort();
  }

  revisions(): readonly string[] {
    return this.all(PODS).map((pod) => pod.metadata.annotations?.[REVISION_ANNOTATION] ?? '');
  }

  report(member: string): MemberReport | null {
    const running = this.running();
    if (!running.includes(member)) return null;
    const isPrimary = member === this.primary && running.includes(member);
    const broken = this.broken.has(member);
    const voters = this.#voters();
    return {
      member,
      ...{ clusterId: 'c', incarnation: 'i', agentPid: 1, mysqldPid: broken ? null : 2 },
      ...{ dataDir: '/data', startedAtMs: START_MS, voter: true, amnesiac: false, fenced: false },
      role: isPrimary ? 'primary' : 'replica',
      state: broken ? 'failed' : isPrimary ? 'primary' : 'following',
      why: broken ? 'mysqld does not start' : '',
      promise: this.epoch,
      raft: { id: 1, role: 'follower', leader: 1, term: 1, commitIndex: 9, appliedIndex: 9 },
      log: {
        epoch: this.epoch,
        phase: this.epoch === 0 ? 'none' : this.primary === null ? 'revoked' : 'open',
        primary: this.primary,
        configVersion: 1,
        voters,
        w: voters.length > 1 ? 1 : 0,
      },
      mysql: broken
        ? null
        : {
            ...{ version: '9.7.4', serverUuid: UUID, gtidExecuted: `${UUID}:1-10` },
            ...{ gtidRetrieved: '', readOnly: !isPrimary, offline: false, connections: 0 },
            ...{ lagMs: 0, source: null, ioRunning: true, sqlRunning: true, lastError: null },
            ...{ semiSyncSource: isPrimary, semiSyncReplica: !isPrimary, unsafeCommits: 0 },
          },
      errant: null,
      endpoints: { mysql: 'x:1', primary: 'x:2', replicas: 'x:3' },
      configRevision: this.settings.get(member) ?? '',
      restartRevision: this.started.get(member) ?? '',
      ...{ findings: [], failovers: [], rssBytes: 1, eventLoopDelayP99Ms: 1 },
    };
  }

  readonly members = {
    status: async ({ member }: MemberTarget): Promise<MemberReport> => {
      const report = this.report(member);
      if (report === null) throw new MemberError('no answer', 'UNREACHABLE');
      return report;
    },
    switchover: async (
      { member }: MemberTarget,
      _order: SwitchoverRequest,
    ): Promise<SwitchoverAnswer> => {
      this.writes.push(`switchover from ${member}`);
      if (this.switchoverRefused !== null) throw new MemberError(this.switchoverRefused, 'REFUSED');
      const to = this.running().find((name) => name !== member && !this.broken.has(name));
      if (to === undefined) throw new MemberError('nobody can take over', 'REFUSED');
      this.primary = to;
      this.epoch += 1;
      return { from: member, to, epoch: this.epoch, writesShutMs: 20 };
    },
    configure: async ({ member }: MemberTarget, { revision }: ConfigureRequest): Promise<void> => {
      this.writes.push(`configure ${member}`);
      if (this.settingsRefused !== null) throw new MemberError(this.settingsRefused, 'REFUSED');
      this.settings.set(member, revision);
    },
    close: () => {},
  };

  async observe(): Promise<Observation> {
    const { read, members } = this;
    const deps = { read, members, operator: OPERATOR, now: () => this.nowMs };
    return await observe(deps, this.cluster, new AbortController().signal);
  }

  #voters(): readonly string[] {
    const map = this.get(CONFIG_MAPS, 'demo-config');
    const text = recordOf(map?.['data'])['cluster.json'];
    if (text === undefined) return [];
    return parseClusterConfig(JSON.parse(String(text))).members.map((member) => member.name);
  }

  #statefulSet(): void {
    const set = this.get(STATEFUL_SETS, 'demo');
    if (set === undefined) return;
    const spec = recordOf(set['spec']);
    const wanted = Number(spec['replicas']);
    const template = recordOf(spec['template']);
    const [claim] = spec['volumeClaimTemplates'] as Json[];
    for (let i = 0; i < wanted; i += 1) {
      const name = `demo-${i}`;
      if (this.get(PERSISTENT_VOLUME_CLAIMS, `data-${name}`) === undefined) {
        const metadata = { ...recordOf(claim!['metadata']), name: `data-${name}` };
        this.put(PERSISTENT_VOLUME_CLAIMS, { ...claim!, metadata });
      }
      if (this.get(PODS, name) !== undefined) continue;
      const metadata = { ...recordOf(template['metadata']), name };
      this.put(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec: template['spec'] });
    }
    for (const pod of this.all(PODS)) {
      const ordinal = Number(pod.metadata.name.split('-').at(-1));
      if (ordinal >= wanted && pod.metadata.deletionTimestamp === undefined)
        this.edit(PODS, pod.metadata.name, { metadata: { deletionTimestamp: 'now' } });
    }
    const { generation } = set.metadata;
    if (Number(recordOf(set['status'])['observedGeneration'] ?? 0) === generation) return;
    this.put(STATEFUL_SETS, { ...set, status: { observedGeneration: generation } } as Json);
  }

  #stopPods(): void {
    for (const pod of this.all(PODS)) {
      if (pod.metadata.deletionTimestamp === undefined) continue;
      this.remove(PODS, pod.metadata.name);
      // A primary that goes is followed by an election.
      if (this.primary === pod.metadata.name) this.primary = null;
    }
  }

  #startPods(): void {
    for (const pod of this.all(PODS)) {
      if (pod.metadata.deletionTimestamp !== undefined || isRunning(pod)) continue;
      const config = dataOf(this.get(CONFIG_MAPS, 'demo-config'), 'cluster.json');
      const text = this.staleConfig ?? config;
      this.staleConfig = null;
      const { dynamicRevision, restartRevision } = parseClusterConfig(JSON.parse(text));
      this.started.set(pod.metadata.name, restartRevision);
      this.settings.set(pod.metadata.name, dynamicRevision);
      this.edit(PODS, pod.metadata.name, {
        status: {
          podIP: '10.0.0.1',
          containerStatuses: [{ name: 'mysql', state: { running: {} } }],
        },
      });
    }
  }

  #elect(): void {
    const able = this.running().filter((name) => !this.broken.has(name));
    const voters = this.#voters();
    if (this.primary !== null && !this.running().includes(this.primary)) this.primary = null;
    if (this.primary !== null || able.length * 2 <= voters.length || voters.length === 0) return;
    this.primary = able[0] ?? null;
    this.epoch += 1;
  }
}

function isRunning(pod: KubeObject): boolean {
  return recordOf(pod['status'])['containerStatuses'] !== undefined;
}

function notFound(name: string): ApiError {
  return new ApiError({ code: 404, reason: 'NotFound', message: `${name} not found` });
}

function refuseImmutable(found: KubeObject, wanted: ObjectToWrite): void {
  const [is, should] = [recordOf(found['spec']), recordOf(wanted['spec'])];
  const claims = 'volumeClaimTemplates';
  if (JSON.stringify(is[claims]) !== JSON.stringify(should[claims]))
    throw new ApiError({ code: 422, reason: 'Invalid', message: 'spec: Forbidden: updates' });
}

/** RFC 7396: lists are replaced whole, null removes. */
function merge(into: unknown, change: unknown): unknown {
  if (typeof change !== 'object' || change === null || Array.isArray(change))
    return structuredClone(change);
  const base = typeof into === 'object' && into !== null && !Array.isArray(into) ? into : {};
  const merged: Json = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

/** What is left when a manager no longer sends what it sent before. */
function without(found: unknown, before: unknown, now: unknown): unknown {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return found;
  const left: Json = { ...found };
  for (const [key, value] of Object.entries(recordOf(before))) {
    if (!(key in recordOf(now))) delete left[key];
    else left[key] = without(left[key], value, recordOf(now)[key]);
  }
  return left;
}

/** A field deep inside an object; undefined when it is not there. */
export function at(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => recordOf(value)[key], object);
}

/** A text of an object's `data`, decoded if it is a Secret's. */
export function dataOf(object: KubeObject | undefined, key: string): string {
  const text = String(at(object, 'data', key));
  return object?.kind === 'Secret' ? Buffer.from(text, 'base64').toString() : text;
}
