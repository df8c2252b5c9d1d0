/** The controller's runtime: everything between the Kubernetes API and a reconcile function. Knows nothing of MySQL. */
export { type Backoff, backoffDelayMs } from './backoff.ts';
export { type Clock, leaseClock, sleep, systemClock } from './clock.ts';
export { EVENT_LIMITS, type EventLimits } from './events/event-book.ts';
export {
  createEventRecorder,
  type EventRecorderOptions,
  type RunningEventRecorder,
} from './events/event-recorder.ts';
export { changedBeyondStatus, type KeySource, keysFrom } from './keys-from.ts';
export {
  ApiError,
  type ApiErrorDetails,
  ApiUnreachableError,
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
  WatchSilentError,
} from './kube/api-error.ts';
export type { Credentials, KubeConnection, TlsMaterial } from './kube/connection.ts';
export { createKubeClient, type KubeClientOptions } from './kube/kube-client.ts';
export { createTransport, type Transport } from './kube/transport.ts';
export type { WriteGuard } from './kube/write-guard.ts';
export * from './kube-object.ts';
export {
  type ElectionOptions,
  LEASE_TIMES,
  type LeaseTimes,
  runElected,
  WorkNotEndedError,
} from './leader/run-elected.ts';
export { LeadershipLostError, Term } from './leader/term.ts';
export { createRuntimeMetrics, type RuntimeMetrics } from './metrics.ts';
export type * from './ports.ts';
export {
  REFLECTOR_TIMES,
  Reflector,
  type ReflectorOptions,
  type ReflectorTimes,
} from './reflector/reflector.ts';
export {
  CONTROLLER_TIMES,
  type ControllerOptions,
  type ControllerTimes,
  type RunningController,
  runController,
} from './run-controller.ts';
