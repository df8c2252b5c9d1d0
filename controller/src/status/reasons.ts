/** Conditions that only a controller knows of, beside those of `@radondb/api`. Reasons are stable, one meaning each. */
export const CONTROLLER_CONDITIONS = Object.freeze({
  /** Every member runs with what the spec says. */
  configApplied: 'ConfigApplied',
  /** Some member runs with an older configuration, image or certificate. */
  pendingRestart: 'PendingRestart',
  /** The operator changes nothing. */
  paused: 'Paused',
});

export const CONTROLLER_REASONS = Object.freeze({
  /** ConfigApplied, PendingRestart: all members run with what the spec says. */
  allCurrent: 'AllCurrent',
  /** ConfigApplied, PendingRestart, Reconciling: members are restarted in turn. */
  rollingRestart: 'RollingRestart',
  /** ConfigApplied, Reconciling: running members are given settings that need no restart. */
  applyingSettings: 'ApplyingSettings',
  /** PendingRestart: the next restart waits for something. */
  restartWaits: 'RestartWaits',
  /** ConfigApplied: it cannot be said, since nothing is changed. */
  notReconciled: 'NotReconciled',
  /** Paused: spec.paused is true. */
  asked: 'Asked',
  /** Paused: spec.paused is false. */
  notPaused: 'NotPaused',
  /** Ready, Available, Redundant, ReplicationHealthy: spec.replicas is 0; all members are stopped and their volumes kept. */
  hibernated: 'Hibernated',
  /** Ready: spec.replicas differs from the number of voters, which cannot be changed yet. */
  scalingNotSupported: 'ScalingNotSupported',
});
