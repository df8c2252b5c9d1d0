/** From what was seen to what is done next. Pure: the same observation gives the same plan, and a plan that was carried out gives an empty one. */
import {
  applyDefaults,
  type CompleteMysqlCluster,
  type FieldProblem,
  type MysqlCluster,
  validateMysqlCluster,
} from '@radondb/api';
import { viewCluster } from '@radondb/api/status/view';
import { clusterConfig, dynamicConfig } from '../../desired/config-map.ts';
import { modelOf } from '../../desired/model-of.ts';
import { computeClusterStatus } from '../../status/cluster-status.ts';
import { type Action, EVENT_REASONS, type Plan, type PlannedEvent } from './actions.ts';
import { type Kept, keptDecisions } from './kept.ts';
import type { Observation } from './observation.ts';
import { planClaims, planObjects } from './plan-objects.ts';
import { planSecrets } from './plan-secrets.ts';
import { type PodFacts, podFacts } from './pod-facts.ts';
import { nextRolloutStep, type RolloutStep } from './rollout.ts';
import { keptProblems } from './spec-problems.ts';

/** While something is under way; a change of an object comes sooner by itself. Milliseconds. */
const SOON_MS = 1_000;
/** How old the members' part of the status may be. Milliseconds. */
const STEADY_MS = 10_000;

export function planMysqlCluster(observation: Observation): Plan {
  const { cluster, problems } = readSpec(observation);
  const kept = keptDecisions(observation, cluster?.spec.replicas ?? null);
  const all = [...problems, ...(cluster === null ? [] : keptProblems(observation, cluster, kept))];
  const isPaused = cluster?.spec.paused === true;
  const work =
    cluster === null || kept === null || all.length > 0 || isPaused
      ? { actions: [], rollout: null, pods: [], unset: [] }
      : planWork(observation, cluster, kept);
  const status = computeClusterStatus({
    ...{ observation, cluster, kept, problems: all, isPaused },
    rollout: work.rollout,
    pods: work.pods,
    unset: work.unset,
  });
  const events = changes(observation, all).map((event): Action => ({ do: 'event', event }));
  const actions = [...work.actions, ...events];
  const isBusy = work.actions.length > 0 || (work.rollout !== null && work.rollout.kind !== 'done');
  const isReady = status.conditions?.some(
    ({ type, status: is }) => type === 'Ready' && is === 'True',
  );
  return {
    actions,
    status,
    outcome: outcomeOf({ problems: all, isPaused, actions: work.actions, rollout: work.rollout }),
    requeueAfterMs: isBusy || !isReady ? SOON_MS : STEADY_MS,
  };
}

interface Work {
  readonly actions: readonly Action[];
  /** Null: it has not come to that yet. */
  readonly rollout: RolloutStep | null;
  readonly pods: readonly PodFacts[];
  /** Members that do not run with the present settings yet, though they need no restart for them. */
  readonly unset: readonly string[];
}

/** Secrets, then objects, then pods: each stage waits for the one before it. */
function planWork(observation: Observation, cluster: CompleteMysqlCluster, kept: Kept): Work {
  const members = kept.members.map((member) => member.name);
  const pods = podFacts(observation, members);
  // The rollout that the Secrets' present content asks for: certificates change only when it is done.
  const secrets = planSecrets(observation, cluster, {
    members,
    isSettled: (digests) => {
      const model = modelOf({ cluster, kept, secrets: digests, operator: observation.operator });
      return isSettled(observation, model, pods);
    },
  });
  if (secrets.digests === null) return { actions: secrets.actions, rollout: null, pods, unset: [] };
  const { digests } = secrets;
  const model = modelOf({ cluster, kept, secrets: digests, operator: observation.operator });
  const objects = planObjects(observation, model);
  const claims = planClaims(observation, model);
  const actions = [...secrets.actions, ...objects.actions, ...claims];
  const { dynamicRevision, restartRevision } = clusterConfig(model);
  const started = pods.map((pod) => withWhatItRead(observation, pod, restartRevision));
  const rollout = nextRolloutStep({
    revision: objects.revision,
    members: model.running === 0 ? [] : members,
    pods: model.running === 0 ? [] : started,
    view: viewCluster(asDeclared(cluster, members.length), observation.reports),
    isNew: kept.bootstrap,
    isTemplateSeen: objects.isTemplateSeen,
  });
  const unset = pods
    .filter((pod) => pod.revision === objects.revision && !pod.isTerminating)
    .map((pod) => pod.name)
    .filter((name) => isUnset(observation, name, dynamicRevision));
  const request = { revision: dynamicRevision, config: dynamicConfig(model) };
  const settings = unset.map((member): Action => ({ do: 'configure', member, request }));
  return { actions: [...actions, ...settings, ...rolloutActions(rollout)], rollout, pods, unset };
}

/** A new pod can have mounted a ConfigMap that is older than itself: it is restarted once more. */
function withWhatItRead({ reports }: Observation, pod: PodFacts, revision: string): PodFacts {
  const read = reports.get(pod.name)?.restartRevision;
  return read === undefined || read === revision ? pod : { ...pod, revision: '' };
}

/** Of a member that can be asked: its server answers, and it knows how. */
function isUnset({ reports }: Observation, member: string, revision: string): boolean {
  const report = reports.get(member) ?? null;
  if (report === null || report.mysql === null || report.configRevision === undefined) return false;
  return report.configRevision !== revision;
}

/** No pod runs with anything but the present revision, and all that should run are there. */
function isSettled(
  observation: Observation,
  model: Parameters<typeof planObjects>[1],
  pods: readonly PodFacts[],
): boolean {
  const { revision, isTemplateSeen } = planObjects(observation, model);
  const current = pods.filter((pod) => pod.revision === revision && !pod.isTerminating);
  return isTemplateSeen && current.length === pods.length && pods.length === model.running;
}

function rolloutActions(step: RolloutStep): readonly Action[] {
  switch (step.kind) {
    case 'done':
    case 'wait':
      return [];
    case 'delete':
      return [
        { do: 'delete-pod', name: step.pod.name, uid: step.pod.uid },
        event(
          'Normal',
          EVENT_REASONS.memberRestarting,
          'Restart',
          `${step.pod.name} is restarted: its configuration or image has changed`,
        ),
      ];
    case 'switchover':
      return [{ do: 'switchover', from: step.from }];
  }
}

/** What is worth telling once: it differs from what the status said before. */
function changes(
  { cluster, reports }: Observation,
  problems: readonly FieldProblem[],
): readonly PlannedEvent[] {
  const events: PlannedEvent[] = [];
  const before = cluster['status'] as MysqlCluster['status'];
  const wasInvalid = before?.conditions?.some(({ reason }) => reason === EVENT_REASONS.invalidSpec);
  if (problems.length > 0 && wasInvalid !== true) {
    const note = problems.map(({ field, message }) => `${field} ${message}`).join('; ');
    events.push({ type: 'Warning', reason: EVENT_REASONS.invalidSpec, action: 'Validate', note });
  }
  const logs = [...reports.values()].flatMap((report) => (report === null ? [] : [report.log]));
  const latest = logs.toSorted((a, b) => b.epoch - a.epoch)[0];
  if (
    latest?.phase === 'open' &&
    latest.primary !== null &&
    before?.primary !== undefined &&
    latest.primary !== before.primary
  ) {
    const note = `${latest.primary} is primary now (epoch ${latest.epoch}); before it was ${before.primary}`;
    events.push({ type: 'Normal', reason: EVENT_REASONS.failover, action: 'ElectPrimary', note });
  }
  return events;
}

/** The complete spec, or why there is none. Nothing is thrown whatever is stored. */
function readSpec({ cluster }: Observation): {
  readonly cluster: CompleteMysqlCluster | null;
  readonly problems: readonly FieldProblem[];
} {
  const { apiVersion, kind, metadata } = cluster;
  const { spec = {} } = cluster;
  const validation = validateMysqlCluster({ apiVersion, kind, metadata, spec });
  return validation.cluster === null
    ? { cluster: null, problems: validation.problems }
    : { cluster: applyDefaults(validation.cluster), problems: [] };
}

/** As many members as there are, whatever the spec asks for. */
export function asDeclared(cluster: CompleteMysqlCluster, replicas: number): MysqlCluster {
  const { apiVersion, kind, metadata } = cluster;
  return { apiVersion, kind, metadata, spec: { replicas } };
}

function event(
  type: PlannedEvent['type'],
  reason: PlannedEvent['reason'],
  action: string,
  note: string,
): Action {
  return { do: 'event', event: { type, reason, action, note } };
}

function outcomeOf(options: {
  readonly problems: readonly FieldProblem[];
  readonly isPaused: boolean;
  readonly actions: readonly Action[];
  readonly rollout: RolloutStep | null;
}): string {
  const { problems, isPaused, actions, rollout } = options;
  if (problems.length > 0) return 'the stored spec is not valid: nothing is changed';
  if (isPaused) return 'paused';
  if (actions.length > 0) return actions.map((action) => action.do).join(', ');
  if (rollout?.kind === 'wait') return `the rollout waits: ${rollout.why}`;
  return 'up to date';
}
