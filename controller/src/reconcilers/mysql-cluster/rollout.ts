/** Which member is restarted next, so that all run with what the spec says now. Pure. */
import type { MemberReport } from '@radondb/api';
import type { ClusterView } from '@radondb/api/status/view';
import type { PodFacts } from './pod-facts.ts';

export type RolloutStep =
  | { readonly kind: 'done' }
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'delete'; readonly pod: PodFacts }
  | { readonly kind: 'switchover'; readonly from: string };

export interface RolloutInput {
  /** What every pod should have been made from. */
  readonly revision: string;
  readonly members: readonly string[];
  readonly pods: readonly PodFacts[];
  readonly view: ClusterView;
  /** The cluster has never taken writes: there is nothing to protect yet. */
  readonly isNew: boolean;
  /** The StatefulSet controller has seen the template: a pod deleted now comes back with it. */
  readonly isTemplateSeen: boolean;
}

/**
 * Replicas first, from the last on, one at a time and only while every other member works; then a switchover; then the former
 * primary. Members that are out of service anyway are restarted without waiting for what only the restart can bring.
 */
export function nextRolloutStep(input: RolloutInput): RolloutStep {
  const { revision, members, pods, view, isNew, isTemplateSeen } = input;
  const outdated = pods.filter((pod) => pod.revision !== revision).toReversed();
  if (outdated.length === 0) return { kind: 'done' };
  if (!isTemplateSeen) return wait('the StatefulSet controller has not seen the new template yet');
  const away = members.filter((name) =>
    pods.every((pod) => pod.name !== name || pod.isTerminating),
  );
  if (away.length > 0) return wait(`pod ${away.join(', ')} is not back yet`);
  const primary = view.log?.primary ?? null;
  // Whoever is to be deleted does nothing now that the others would miss.
  const idle = outdated.find((pod) => isIdle(pod, { ...input, primary }));
  if (idle !== undefined) return { kind: 'delete', pod: idle };
  if (isNew) return firstOf(outdated);
  const down = members.filter((name) => !view.ready.includes(name));
  const replica = outdated.find((pod) => pod.name !== primary);
  if (!view.open) return wait('no primary is open');
  if (down.length > 0) {
    const onlyOne = outdated.find((pod) => pod.name === down[0] && pod.name !== primary);
    if (down.length === 1 && onlyOne !== undefined) return { kind: 'delete', pod: onlyOne };
    return wait(`${down.join(', ')} ${down.length === 1 ? 'does' : 'do'} not work yet`);
  }
  if (replica !== undefined) return { kind: 'delete', pod: replica };
  if (primary !== null && members.length > 1) return { kind: 'switchover', from: primary };
  return firstOf(outdated);
}

function isIdle(
  pod: PodFacts,
  { view, members, primary }: RolloutInput & { readonly primary: string | null },
): boolean {
  const alone = members.length === 1;
  const report: MemberReport | null = view.members.get(pod.name) ?? null;
  if (pod.isRunning) {
    // It says so itself: it cannot start its server, say. While a primary is open the others come first.
    return report?.state === 'failed' && (alone || !view.open);
  }
  return alone || pod.name !== primary || !view.open;
}

function firstOf(pods: readonly PodFacts[]): RolloutStep {
  const [pod] = pods;
  return pod === undefined ? { kind: 'done' } : { kind: 'delete', pod };
}

function wait(why: string): RolloutStep {
  return { kind: 'wait', why };
}
