/** The runtime's metrics, under the names that dashboards for controllers already know. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CallObserver } from './kube/kube-client.ts';
import type { ReflectorObserver } from './reflector/reflector.ts';
import type { ControllerObserver, RunningController } from './run-controller.ts';

/** What the gauges read of a Reflector. */
export interface WatchedReflector {
  readonly name: string;
  readonly staleMs: number;
  readonly store: { readonly size: number };
}

export interface RuntimeMetrics {
  readonly calls: CallObserver;
  readonly reflectors: ReflectorObserver;
  readonly controllers: ControllerObserver;
  /** Gauges of a reflector, read at each scrape. */
  watchReflector(reflector: WatchedReflector): void;
  watchController(name: string, controller: RunningController): void;
  setLeading(lease: string, isLeading: boolean): void;
  onEventDropped(why: string): void;
}

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Registers everything in `registry`, once. */
export function createRuntimeMetrics(registry: Registry): RuntimeMetrics {
  const leading = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process is the leader.',
    labelNames: ['name'],
    registers: [registry],
  });
  const dropped = new Counter({
    name: 'event_recorder_dropped_total',
    help: 'Kubernetes events that were not told.',
    labelNames: ['why'],
    registers: [registry],
  });
  return {
    calls: callMetrics(registry),
    ...reflectorMetrics(registry),
    ...controllerMetrics(registry),
    setLeading: (lease, isLeading) => leading.set({ name: lease }, isLeading ? 1 : 0),
    onEventDropped: (why) => dropped.inc({ why }),
  };
}

function callMetrics(registry: Registry): CallObserver {
  const total = new Counter({
    name: 'rest_client_requests_total',
    help: 'Calls to the API server.',
    labelNames: ['code', 'method'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long calls to the API server took, watches not counted.',
    labelNames: ['method'],
    buckets: SECONDS,
    registers: [registry],
  });
  return {
    onCall(call) {
      total.inc({ code: call.code, method: call.method });
      seconds.observe({ method: call.method }, call.seconds);
    },
  };
}

function reflectorMetrics(
  registry: Registry,
): Pick<RuntimeMetrics, 'reflectors' | 'watchReflector'> {
  const watched = new Set<WatchedReflector>();
  const rounds = new Counter({
    name: 'informer_rounds_total',
    help: 'Lists and watches that have ended, by how.',
    labelNames: ['resource', 'kind', 'end'],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'informer_handler_errors_total',
    help: 'Objects that could not be understood and handlers that failed.',
    labelNames: ['resource'],
    registers: [registry],
  });
  new Gauge({
    name: 'informer_last_event_age_seconds',
    help: 'Time since the API server last said anything about this resource: how old the cache can be.',
    labelNames: ['resource'],
    registers: [registry],
    collect() {
      for (const each of watched) this.set({ resource: each.name }, each.staleMs / 1000);
    },
  });
  new Gauge({
    name: 'informer_objects',
    help: 'Objects in the cache.',
    labelNames: ['resource'],
    registers: [registry],
    collect() {
      for (const each of watched) this.set({ resource: each.name }, each.store.size);
    },
  });
  return {
    reflectors: {
      onRound: (resource, kind, end) => rounds.inc({ resource, kind, end }),
      onHandlerError: (resource) => errors.inc({ resource }),
    },
    watchReflector: (reflector) => void watched.add(reflector),
  };
}

function controllerMetrics(
  registry: Registry,
): Pick<RuntimeMetrics, 'controllers' | 'watchController'> {
  const running = new Map<string, RunningController>();
  const byController = { labelNames: ['controller'], registers: [registry] };
  const byQueue = { labelNames: ['name'], registers: [registry] };
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles that have ended.',
    labelNames: ['controller', 'result'],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciles that failed.',
    ...byController,
  });
  const seconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long reconciles took.',
    buckets: SECONDS,
    ...byController,
  });
  const active = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Reconciles under way.',
    ...byController,
  });
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Keys added to the queue, those that were in it already included.',
    ...byQueue,
  });
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that are due and wait for a worker.',
    ...byQueue,
  });
  const waited = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long keys that were due waited for a worker.',
    buckets: SECONDS,
    ...byQueue,
  });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys that came back after a failure or a conflict.',
    ...byQueue,
  });
  new Gauge({
    name: 'workqueue_longest_running_processor_seconds',
    help: 'Age of the oldest reconcile under way.',
    ...byQueue,
    collect() {
      for (const [name, each] of running) this.set({ name }, each.longestRunningMs / 1000);
    },
  });
  return {
    controllers: {
      onAdd: (controller) => adds.inc({ name: controller }),
      onQueue(queue) {
        depth.set({ name: queue.controller }, queue.depth);
        active.set({ controller: queue.controller }, queue.active);
      },
      onReconcile({ controller, result, seconds: took, waitedSeconds }) {
        total.inc({ controller, result });
        seconds.observe({ controller }, took);
        waited.observe({ name: controller }, waitedSeconds);
        if (result === 'error') errors.inc({ controller });
        if (result === 'error' || result === 'conflict') retries.inc({ name: controller });
      },
    },
    watchController: (name, controller) => void running.set(name, controller),
  };
}
