/** `MysqlCluster.status`: what the members say, put together by the API package, and what only the controller knows. Pure. */
import {
  CONDITION_REASONS,
  type CompleteMysqlCluster,
  type Condition,
  computeStatus,
  credentialsSecretName,
  type FieldProblem,
  type MysqlCluster,
  type MysqlClusterStatus,
  primaryServiceName,
  replicasServiceName,
} from '@radondb/api';
import { memberSelector } from '../desired/metadata.ts';
import type { Kept } from '../reconcilers/mysql-cluster/kept.ts';
import type { Observation } from '../reconcilers/mysql-cluster/observation.ts';
import type { PodFacts } from '../reconcilers/mysql-cluster/pod-facts.ts';
import type { RolloutStep } from '../reconcilers/mysql-cluster/rollout.ts';
import { CONTROLLER_REASONS as R, CONTROLLER_CONDITIONS as T } from './reasons.ts';

export interface ClusterStatusInput {
  readonly observation: Observation;
  /** Null: the stored spec cannot be read. */
  readonly cluster: CompleteMysqlCluster | null;
  /** Null: nothing was ever made. */
  readonly kept: Kept | null;
  readonly problems: readonly FieldProblem[];
  readonly isPaused: boolean;
  /** Null: it has not come to restarts. */
  readonly rollout: RolloutStep | null;
  readonly pods: readonly PodFacts[];
  /** Members that do not run with the present settings yet, though they need no restart for them. */
  readonly unset: readonly string[];
}

type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export function computeClusterStatus(input: ClusterStatusInput): MysqlClusterStatus {
  const { observation, kept, problems } = input;
  const { metadata } = observation.cluster;
  const previous = observation.cluster['status'] as MysqlClusterStatus | undefined;
  const members = kept?.members.length ?? 0;
  const at = (service: string) => `${service}.${metadata.namespace ?? 'default'}.svc:3306`;
  const status = computeStatus({
    cluster: declared(observation, members),
    reports: observation.reports,
    now: observation.now,
    previous,
    problems,
    endpoints: {
      primary: at(primaryServiceName(metadata.name)),
      replicas: at(replicasServiceName(metadata.name)),
    },
    credentialsSecret: credentialsSecretName(metadata.name),
  });
  return {
    ...status,
    selector: Object.entries(memberSelector(metadata))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    conditions: conditions(input, status.conditions ?? []),
  };
}

/** The members that there are, whatever the spec says: it may be unreadable, or ask for what is not supported. */
function declared({ cluster }: Observation, members: number): MysqlCluster {
  const { apiVersion, kind, metadata } = cluster;
  return { apiVersion, kind, metadata, spec: { replicas: members } } as MysqlCluster;
}

function conditions(input: ClusterStatusInput, computed: readonly Condition[]): Condition[] {
  const { observation } = input;
  const { generation } = observation.cluster.metadata;
  const before = (observation.cluster['status'] as MysqlClusterStatus | undefined)?.conditions;
  const drafts = new Map<string, Draft>(computed.map((it) => [it.type, it]));
  for (const draft of [...changedOf(input, drafts), ...ownOf(input)]) drafts.set(draft.type, draft);
  return [...drafts.values()].map(({ type, status, reason, message }) => {
    const known = before?.find((condition) => condition.type === type);
    return {
      ...{ type, status, reason, message },
      lastTransitionTime: known?.status === status ? known.lastTransitionTime : observation.now,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
}

/** What the members' conditions become by what the controller knows. */
function changedOf(
  { cluster, kept, problems, rollout, pods, isPaused, unset }: ClusterStatusInput,
  computed: ReadonlyMap<string, Draft>,
): readonly Draft[] {
  if (cluster === null || problems.length > 0) return [];
  const { replicas } = cluster.spec;
  if (replicas === 0 && pods.length === 0 && !isPaused) return hibernated();
  const members = kept?.members.length ?? 0;
  if (replicas !== 0 && replicas !== members) return [scaling(replicas, members), idle()];
  const isStalled = computed.get('Stalled')?.status === 'True';
  if (isPaused || isStalled || rollout === null) return [];
  if (rollout.kind === 'done')
    return unset.length === 0 ? [] : [settling('Reconciling', 'True', unset)];
  return [
    {
      ...{ type: 'Reconciling', status: 'True', reason: R.rollingRestart },
      message: `Members are restarted in turn. ${saying(rollout)}`,
    },
  ];
}

function hibernated(): readonly Draft[] {
  const message =
    'spec.replicas is 0: all members are stopped and their volumes are kept. Set spec.replicas to what it was to start them.';
  const off = ['Ready', 'Available', 'Redundant', 'ReplicationHealthy'].map((type) => ({
    ...{ type, status: 'False' as const, reason: R.hibernated, message },
  }));
  return [...off, idle()];
}

function scaling(replicas: number, members: number): Draft {
  return {
    ...{ type: 'Ready', status: 'False', reason: R.scalingNotSupported },
    message:
      `spec.replicas is ${replicas} and the cluster has ${members} voting members: this version cannot change the number of voters of a ` +
      `cluster that exists. Nothing was changed and the ${members} members go on. Set spec.replicas back to ${members}, or load a dump ` +
      'into a new cluster of that size.',
  };
}

function idle(): Draft {
  const { upToDate } = CONDITION_REASONS;
  return { type: 'Reconciling', status: 'False', reason: upToDate, message: 'Nothing to do.' };
}

/** The controller's own conditions. */
function ownOf(input: ClusterStatusInput): readonly Draft[] {
  const { isPaused, problems, rollout } = input;
  const paused: Draft = isPaused
    ? {
        ...{ type: T.paused, status: 'True', reason: R.asked },
        message:
          'spec.paused is true: the operator changes nothing. Members fail over all the same.',
      }
    : {
        ...{ type: T.paused, status: 'False', reason: R.notPaused },
        message: 'The operator keeps the cluster as the spec says.',
      };
  if (isPaused || problems.length > 0 || rollout === null) {
    const message = isPaused
      ? 'It cannot be said while the cluster is paused.'
      : problems.length > 0
        ? 'The spec is not valid: what was applied last stays in force.'
        : 'Certificates or passwords are made first.';
    return [
      paused,
      { type: T.configApplied, status: 'Unknown', reason: R.notReconciled, message },
      { type: T.pendingRestart, status: 'Unknown', reason: R.notReconciled, message },
    ];
  }
  return [paused, ...restarts(rollout, input.unset)];
}

function settling(type: string, status: Draft['status'], unset: readonly string[]): Draft {
  const message = `Settings that need no restart are given to ${unset.join(', ')}. If this lasts, look at the events: kubectl describe.`;
  return { type, status, reason: R.applyingSettings, message };
}

function restarts(rollout: RolloutStep, unset: readonly string[]): readonly Draft[] {
  if (rollout.kind === 'done') {
    const message = 'Every member runs with what the spec says.';
    return [
      unset.length > 0
        ? settling(T.configApplied, 'False', unset)
        : { type: T.configApplied, status: 'True', reason: R.allCurrent, message },
      { type: T.pendingRestart, status: 'False', reason: R.allCurrent, message },
    ];
  }
  const message = `Some members run with what the spec said before. ${saying(rollout)}`;
  const reason = rollout.kind === 'wait' ? R.restartWaits : R.rollingRestart;
  return [
    { type: T.configApplied, status: 'False', reason: R.rollingRestart, message },
    { type: T.pendingRestart, status: 'True', reason, message },
  ];
}

function saying(rollout: RolloutStep): string {
  switch (rollout.kind) {
    case 'done':
      return '';
    case 'wait':
      return `The next restart waits: ${rollout.why}.`;
    case 'delete':
      return `Now: ${rollout.pod.name}.`;
    case 'switchover':
      return `${rollout.from} hands over first.`;
  }
}
