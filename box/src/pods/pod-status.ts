/** A pod's status out of what is known of its containers. Pure. */
import type { KubeObject } from '@radondb/controller/runtime/kube-object';
import { podSpecOf } from './pod-spec.ts';

export type ContainerState =
  | { readonly phase: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly phase: 'running'; readonly pid: number; readonly since: string };

export interface ContainerView {
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  readonly restarts: number;
  /** Its startup probe has succeeded, or it has none. */
  readonly started: boolean;
  readonly ready: boolean;
}

export interface PodFacts {
  readonly podIp: string;
  /** When this kubelet took the pod. RFC 3339. */
  readonly startTime: string;
  readonly initialized: boolean;
  readonly containers: readonly ContainerView[];
  /** Now. RFC 3339. */
  readonly at: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
  readonly reason?: string;
  readonly message?: string;
}

/** On loopback everything is one host. */
const HOST_IP = '127.0.0.1';

export function podStatus(pod: KubeObject, facts: PodFacts) {
  const { containers, podIp, startTime, initialized } = facts;
  const ready = containers.length > 0 && containers.every((it) => it.ready);
  const running = containers.some((it) => it.state.phase === 'running' || it.restarts > 0);
  const notReady = containers.filter((it) => !it.ready).map((it) => it.name);
  const why = {
    reason: 'ContainersNotReady',
    message: `containers not ready: ${notReady.join(' ')}`,
  };
  const before = (pod['status'] ?? {}) as { readonly conditions?: readonly Condition[] };
  const condition = (type: string, status: boolean, more: object = {}): Condition => {
    const text = status ? 'True' : 'False';
    const old = before.conditions?.find((it) => it.type === type);
    const lastTransitionTime = old?.status === text ? old.lastTransitionTime : facts.at;
    return { type, status: text, lastTransitionTime, ...(status ? {} : more) };
  };
  return {
    phase: running ? 'Running' : 'Pending',
    hostIP: HOST_IP,
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    startTime,
    qosClass: 'Burstable',
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', initialized, { reason: 'ContainersNotInitialized' }),
      condition('ContainersReady', ready, why),
      condition('Ready', ready, why),
    ],
    containerStatuses: containers.map(containerStatus),
  };
}

function containerStatus({ name, image, state, restarts, started, ready }: ContainerView) {
  return {
    name,
    image,
    imageID: '',
    ready,
    started,
    restartCount: restarts,
    state:
      state.phase === 'running'
        ? { running: { startedAt: state.since } }
        : { waiting: { reason: state.reason, message: state.message } },
  };
}

/** Before anything of a pod runs. */
export function waitingContainers(
  pod: KubeObject,
  reason: string,
  message: string,
): readonly ContainerView[] {
  return podSpecOf(pod).containers.map(({ name, image }) => ({
    name,
    image,
    state: { phase: 'waiting', reason, message },
    restarts: 0,
    started: false,
    ready: false,
  }));
}
